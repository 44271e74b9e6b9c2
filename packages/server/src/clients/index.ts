export { ClientError } from './client-error.ts';
export { type ClientKeys, createClientKeys } from './client-keys.ts';
export {
  type Clients,
  createClients,
  type RegisteredClient,
} from './clients.ts';
export { createEncryptionKeys } from './encryption-keys.ts';
export { fetchKeySet } from './fetch-key-set.ts';
export { createInitialAccessTokens, type InitialAccessTokens } from './initial-access-tokens.ts';
export type { ClientCheck } from './metadata.ts';
export { matchesRegistrationToken } from './registration-token.ts';
export { createSealedReferenceCheck } from './sealed-references.ts';
export { checkChosen, hasSecret } from './secret.ts';
export { createSectorDocumentCheck } from './sector-document.ts';
export {
  createSelfRegistrations,
  type SelfDescription,
  type SelfRegistrations,
} from './self-registrations.ts';
export { createUnusedClients } from './unused.ts';
export { createClientUses } from './uses.ts';
export { createClientSecretVerifier, type VerifyClientSecret } from './verify-secret.ts';
