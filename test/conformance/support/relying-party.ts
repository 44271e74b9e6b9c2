/** The client's side as the conformance suite plays it: it asks, and believes nothing that it has not checked. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { type Browser, type Returned, returned, type Screen } from './browser.ts';
import { type Provider, person } from './provider.ts';
import type { Answer } from './wire.ts';

export type AuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

export interface Registration {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** For private_key_jwt; read anew for every request, so that a test can rotate it. */
  readonly key?: () => ClientKey;
  readonly redirectUri: string;
  readonly authMethod?: AuthMethod;
  readonly idTokenAlg?: string;
  /** Sent with every request. */
  readonly responseMode?: 'form_post';
}

export interface ClientKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
}

export interface Attempt {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
}

export interface Answered extends Attempt {
  readonly answer: Returned;
  /** Pages the person saw on the way. */
  readonly met: readonly Screen[];
}

export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token?: string;
  readonly scope?: string;
  readonly claims: JWTPayload;
}

type Parameters = Readonly<Record<string, string | undefined>>;

export class RelyingParty {
  readonly provider: Provider;
  readonly registration: Registration;

  constructor(provider: Provider, registration: Registration) {
    this.provider = provider;
    this.registration = registration;
  }

  /** undefined leaves a default parameter out. */
  attempt(parameters: Parameters = {}): Attempt {
    const { clientId, redirectUri, responseMode } = this.registration;
    const [state, nonce] = [randomBytes(12).toString('base64url'), randomBytes(12).toString('base64url')];
    const url = new URL(this.provider.metadata.authorization_endpoint);
    const all: Parameters = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state,
      nonce,
      response_mode: responseMode,
      ...parameters,
    };
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return { url, state: all.state ?? '', nonce: all.nonce ?? '' };
  }

  /** Sends the person there, who signs in and allows; answers what came back to the client. */
  async authorize(browser: Browser, parameters: Parameters = {}): Promise<Answered> {
    const attempt = this.attempt(parameters);
    const { end, met } = await browser.complete(await browser.visit(attempt.url), person);
    return { ...attempt, answer: returned(end), met };
  }

  /** The code of a positive answer, once everything around it is right. */
  codeOf({ answer, state }: Answered): string {
    const { parameters, target, mode } = answer;
    assert.equal(
      parameters.get('error'),
      null,
      `${parameters.get('error')}: ${parameters.get('error_description')}`,
    );
    assert.equal(mode, this.registration.responseMode ?? 'query');
    assert.equal(target.split('?', 1)[0], this.registration.redirectUri.split('?', 1)[0]);
    assert.equal(parameters.get('state') ?? '', state);
    assert.equal(parameters.get('iss'), this.provider.issuer);
    assert.equal(parameters.get('id_token'), null);
    assert.equal(parameters.get('access_token'), null);
    const code = parameters.get('code');
    assert.ok(code !== null && code.length >= 16);
    return code;
  }

  /** The error of a negative answer, with state and iss checked. */
  errorOf({ answer, state }: Answered): string {
    assert.equal(answer.parameters.get('code'), null);
    assert.equal(answer.parameters.get('state') ?? '', state);
    assert.equal(answer.parameters.get('iss'), this.provider.issuer);
    return answer.parameters.get('error') ?? '';
  }

  async token(form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.provider.wire(this.provider.metadata.token_endpoint, await this.#authenticated(form));
  }

  /** A client assertion for the audience that the test is about. */
  async assertion(audience: string = this.provider.issuer): Promise<string> {
    const key = this.registration.key?.();
    assert.ok(key !== undefined);
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ jti: randomBytes(16).toString('base64url') })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .setIssuer(this.registration.clientId)
      .setSubject(this.registration.clientId)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(key.privateKey);
  }

  redeem(code: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { redirectUri } = this.registration;
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more });
  }

  /** From the answer to verified tokens. */
  async tokensOf(answered: Answered, more: Readonly<Record<string, string>> = {}): Promise<Tokens> {
    const response = await this.redeem(this.codeOf(answered), more);
    return this.readTokens(response, answered.nonce === '' ? undefined : answered.nonce);
  }

  async readTokens(response: Answer, nonce: string | undefined): Promise<Tokens> {
    assert.equal(response.status, 200, response.text);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const body = response.json<Omit<Tokens, 'claims'> & { readonly token_type: string }>();
    assert.equal(body.token_type, 'Bearer');
    const claims = await this.verifyIdToken(body.id_token, body.access_token);
    assert.equal(claims.nonce, nonce);
    return { ...body, claims };
  }

  /** OpenID Connect Core §3.1.3.7, and at_hash by §3.1.3.8. */
  async verifyIdToken(token: string, accessToken: string): Promise<JWTPayload> {
    const { issuer, registration } = { issuer: this.provider.issuer, registration: this.registration };
    const { alg, kid } = decodeProtectedHeader(token);
    if (registration.idTokenAlg !== undefined) assert.equal(alg, registration.idTokenAlg);
    const jwks = await this.jwks();
    assert.ok(
      jwks.keys.some((key) => key.kid === kid),
      'the key is published',
    );
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer,
      audience: registration.clientId,
      algorithms: [alg ?? ''],
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    assert.ok(typeof payload.sub === 'string' && payload.sub.length <= 255);
    assert.equal(payload.azp ?? registration.clientId, registration.clientId);
    const hash = alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : 'sha256';
    const digest = createHash(hash).update(accessToken).digest();
    assert.equal(payload.at_hash, digest.subarray(0, digest.length / 2).toString('base64url'));
    return payload;
  }

  async jwks(): Promise<JSONWebKeySet> {
    return (await this.provider.wire(this.provider.metadata.jwks_uri)).json<JSONWebKeySet>();
  }

  userinfo(accessToken: string): Promise<Answer> {
    return this.provider.wire(this.provider.metadata.userinfo_endpoint, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
  }

  /** Claims at userinfo, with the sub compared (OpenID Connect Core §5.3.4). */
  async person({ access_token, claims }: Tokens): Promise<Record<string, unknown>> {
    const answer = await this.userinfo(access_token);
    assert.equal(answer.status, 200, answer.text);
    const body = answer.json();
    assert.equal(body.sub, claims.sub);
    return body;
  }

  async #authenticated(form: Readonly<Record<string, string>>) {
    const { clientId, clientSecret = '', authMethod } = this.registration;
    if (authMethod === 'private_key_jwt') {
      const client_assertion = await this.assertion();
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      return { form: { ...form, client_id: clientId, client_assertion, client_assertion_type } };
    }
    if (authMethod === 'client_secret_post') {
      return { form: { ...form, client_id: clientId, client_secret: clientSecret } };
    }
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    return { form, headers: { authorization: `Basic ${btoa(credentials)}` } };
  }
}
