import type { ClientMetadata } from './client-metadata.ts';
import { isLoopbackHost } from './redirect-uri.ts';

/**
 * The sector that a client belongs to, within which a person has one pairwise identifier: the host of
 * `sector_identifier_uri`, else the one host of all its redirect URIs; a port is no part of it. undefined when neither
 * names one: several hosts, none, or one that is nobody's own, which are a private-use scheme and the loopback host of a
 * native client. Does not check that the document at the URI lists the redirect URIs.
 * @see OpenID Connect Core §8.1, RFC 3986 §3.2.2
 */
export function sectorIdentifier(
  metadata: Pick<ClientMetadata, 'sectorIdentifierUri' | 'redirectUris' | 'applicationType'>,
): string | undefined {
  const { sectorIdentifierUri, redirectUris, applicationType } = metadata;
  if (sectorIdentifierUri !== undefined) return new URL(sectorIdentifierUri).hostname;
  const hosts = new Set(redirectUris.map(hostOf));
  const [host] = hosts;
  if (hosts.size !== 1 || host === undefined) return undefined;
  return applicationType === 'native' && isLoopbackHost(host) ? undefined : host;
}

function hostOf(uri: string): string | undefined {
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? hostname : undefined;
}
