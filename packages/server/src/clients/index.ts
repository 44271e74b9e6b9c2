export { ClientError, type ClientErrorCode } from './client-error.ts';
export {
  type AddedSecret,
  type Clients,
  createClients,
  hasSecret,
  type NewClient,
  type RegisteredClient,
} from './clients.ts';
export { createClientSecretVerifier, type VerifyClientSecret } from './verify-secret.ts';
