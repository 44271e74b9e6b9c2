import type { ClientMetadata } from './client-metadata.ts';

/** Members of a client that lead a person somewhere else, and their names on the wire. */
const links = {
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  clientUri: 'client_uri',
} as const;

type LinkMember = keyof typeof links;

/**
 * What a client says about itself without the links that it cannot prove to be its own. A link stays if its host is the one
 * of an https redirect URI or lies below it: who receives codes there may speak for it. Members in `vouched` were attested by
 * somebody else and stay. Nothing is fetched.
 * @see RFC 7591 §5, OpenID Connect Registration §9.1
 */
export function withoutForeignLinks(metadata: ClientMetadata, vouched: readonly string[]): ClientMetadata {
  const hosts = metadata.redirectUris.map(hostOf).filter((host) => host !== undefined);
  const isForeign = (member: LinkMember): boolean => {
    const uri = metadata[member];
    if (uri === undefined || vouched.includes(links[member])) return false;
    const host = hostOf(uri);
    return host === undefined || !hosts.some((own) => host === own || host.endsWith(`.${own}`));
  };
  const foreign = (Object.keys(links) as LinkMember[]).filter(isForeign);
  if (foreign.length === 0) return metadata;
  const kept = Object.entries(metadata).filter(([name]) => !foreign.some((member) => member === name));
  return Object.fromEntries(kept) as unknown as ClientMetadata;
}

function hostOf(uri: string): string | undefined {
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' ? hostname : undefined;
}
