/** Which client authentication a profile takes. The one list: what is served, and what discovery says. */
import type { ClientAuthMethod } from '@countersign/protocol';
import { findSigningAlgorithm } from '@countersign/protocol/jose';
import type { Profile } from '../storage/ports.ts';

export interface ClientAuthRules {
  readonly methods: readonly ClientAuthMethod[];
  /** For what a client signs: its assertions, and its request objects. */
  readonly assertionAlgorithms: readonly string[];
  /** True: the audience of an assertion is the issuer as a string, and nothing else. */
  readonly issuerAudienceOnly: boolean;
}

const open: ClientAuthRules = {
  methods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  assertionAlgorithms: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
  issuerAudienceOnly: false,
};

/** @see FAPI 2.0 Security Profile §5.3.2.1, §5.4.1; RFC 7523 §3 */
export const clientAuthRules: Readonly<Record<Profile, ClientAuthRules>> = {
  standard: open,
  'oidc-core': open,
  strict: { ...open, issuerAudienceOnly: true },
  'fapi2-security': {
    methods: ['private_key_jwt'],
    assertionAlgorithms: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    issuerAudienceOnly: true,
  },
};

/** The algorithms of the profile, or the one of them that the client registered. `Ed25519` is another name of `EdDSA` (RFC 9864). */
export function acceptedAlgorithms(profile: Profile, registered: string | undefined): readonly string[] {
  const { assertionAlgorithms } = clientAuthRules[profile];
  if (registered === undefined) return assertionAlgorithms;
  const family = findSigningAlgorithm(registered)?.family;
  return assertionAlgorithms.filter((name) => findSigningAlgorithm(name)?.family === family);
}
