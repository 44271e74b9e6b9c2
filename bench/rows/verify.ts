/** A number counts only when the answers were right: samples of every round are looked at as a client would. */
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { JobResult } from '../load/job.ts';
import type { Subject } from '../subjects/subject.ts';

export function issuerOf(subject: Pick<Subject, 'port'>): string {
  return `http://localhost:${subject.port}`;
}

export async function fetchJwks(subject: Pick<Subject, 'port'>, basePath = ''): Promise<JSONWebKeySet> {
  const response = await fetch(`${issuerOf(subject)}${basePath}/.well-known/jwks.json`);
  if (!response.ok) throw new Error(`JWKS: ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

/** Signature, issuer, audience and lifetime of each sampled token; no `jti` twice. */
export function tokenCheck(
  jwks: JSONWebKeySet,
  expected: {
    readonly issuer: string;
    readonly audience: string;
    readonly member: 'access_token' | 'id_token';
  },
): (result: JobResult) => Promise<void> {
  const keys = createLocalJWKSet(jwks);
  const seen = new Set<string>();
  return async ({ samples }) => {
    if (samples.length === 0) throw new Error('no answer to look at');
    for (const sample of samples) {
      const token = member(sample, expected.member);
      const { payload } = await jwtVerify(token, keys, {
        issuer: expected.issuer,
        audience: expected.audience,
        algorithms: ['ES256'],
      });
      if (expected.member === 'access_token') requireNew(payload, seen);
    }
  };
}

export function activeCheck(clientId: string): (result: JobResult) => void {
  return ({ samples }) => {
    if (samples.length === 0) throw new Error('no answer to look at');
    for (const sample of samples) {
      const body = JSON.parse(sample) as Record<string, unknown>;
      if (body.active !== true || body.client_id !== clientId || typeof body.exp !== 'number') {
        throw new Error(`introspection says ${sample}`);
      }
    }
  };
}

export function member(body: string, name: string): string {
  const value = (JSON.parse(body) as Record<string, unknown>)[name];
  if (typeof value !== 'string') throw new Error(`no ${name} in ${body}`);
  return value;
}

function requireNew({ jti }: JWTPayload, seen: Set<string>): void {
  if (jti === undefined || seen.has(jti)) throw new Error(`jti ${jti} came twice`);
  seen.add(jti);
}
