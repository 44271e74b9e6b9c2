export { ClientError } from './client-error.ts';
export { type ClientKeys, createClientKeys } from './client-keys.ts';
export {
  type Clients,
  createClients,
  type RegisteredClient,
} from './clients.ts';
export { createEncryptionKeys } from './encryption-keys.ts';
export type { ClientCheck } from './metadata.ts';
export { createSectorDocumentCheck } from './sector-document.ts';
export { createClientSecretVerifier } from './verify-secret.ts';
