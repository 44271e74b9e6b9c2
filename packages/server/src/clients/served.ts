/** Registered metadata that this version does not serve is refused at registration, never accepted and then ignored. */
import { type ClientMetadata, OAuthError } from '@countersign/protocol';

const servedGrants: readonly string[] = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
];
const servedMethods: readonly string[] = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
];

/** What is asked for, by its name on the wire, and whether these metadata ask for it. */
const unserved: readonly (readonly [string, (metadata: ClientMetadata) => boolean])[] = [
  ['grant_types', ({ grantTypes }) => !grantTypes.every((grant) => servedGrants.includes(grant))],
  [
    'token_endpoint_auth_method',
    ({ tokenEndpointAuthMethod }) => !servedMethods.includes(tokenEndpointAuthMethod),
  ],
  ['sender_constraint', ({ senderConstraint }) => senderConstraint !== 'none'],
  [
    'authorization_signed_response_alg',
    ({ authorizationSignedResponseAlg }) => authorizationSignedResponseAlg !== undefined,
  ],
];

/** @throws {OAuthError} `invalid_client_metadata`, naming the first member that is not served */
export function refuseUnserved(metadata: ClientMetadata): void {
  const found = unserved.find(([, asks]) => asks(metadata));
  if (found === undefined) return;
  throw new OAuthError('invalid_client_metadata', `this version does not serve this ${found[0]}`);
}
