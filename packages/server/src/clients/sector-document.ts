/** The document behind `sector_identifier_uri`: what stops a client from joining somebody else's sector. */
import { type ClientMetadata, JoseError, OAuthError, parseStrictJson } from '@countersign/protocol';
import { type Outbound, OutboundError } from '../ports.ts';
import type { ClientCheck } from './metadata.ts';

const maxBytes = 65_536;
const timeoutMs = 5_000;

/**
 * Refuses a registration whose sector document cannot be read, is no array of strings or leaves out one of the redirect
 * URIs, whether or not the client asks for pairwise subjects. A change that neither moves the document nor adds a redirect
 * URI is not held up by it. All causes that lie in the network are told alike: who registers learns nothing of it.
 * @see OpenID Connect Registration §5, OpenID Connect Core §8.1
 */
export function createSectorDocumentCheck(parts: { readonly outbound: Outbound }): ClientCheck {
  return async (metadata, _tenant, previous) => {
    const { sectorIdentifierUri, redirectUris } = metadata;
    if (sectorIdentifierUri === undefined || isCovered(metadata, previous)) return;
    const listed = parseDocument(await fetchDocument(parts.outbound, sectorIdentifierUri));
    const missing = redirectUris.filter((uri) => !listed.has(uri));
    if (missing.length > 0) throw refusal('does not list every redirect URI');
  };
}

function isCovered(metadata: ClientMetadata, previous: ClientMetadata | undefined): boolean {
  return (
    previous?.sectorIdentifierUri === metadata.sectorIdentifierUri &&
    metadata.redirectUris.every((uri) => previous?.redirectUris.includes(uri))
  );
}

async function fetchDocument(outbound: Outbound, url: string): Promise<Uint8Array> {
  try {
    const headers = { accept: 'application/json' };
    const { status, body } = await outbound.send({ method: 'GET', url, headers, maxBytes, timeoutMs });
    if (status === 200) return body;
    throw refusal('cannot be read', `status ${status}`);
  } catch (error) {
    if (error instanceof OutboundError) throw refusal('cannot be read', error.code, error);
    throw error;
  }
}

function parseDocument(body: Uint8Array): ReadonlySet<string> {
  const list = parse(body);
  if (!Array.isArray(list) || !list.every((entry): entry is string => typeof entry === 'string')) {
    throw refusal('is not a JSON array of strings');
  }
  return new Set(list);
}

function parse(body: Uint8Array): unknown {
  try {
    return parseStrictJson(body, { maxBytes, maxDepth: 2 });
  } catch (error) {
    if (error instanceof JoseError) throw refusal('is not a JSON array of strings', error.message, error);
    throw error;
  }
}

function refusal(problem: string, detail?: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client_metadata', `the document at sector_identifier_uri ${problem}`, {
    detail,
    cause,
  });
}
