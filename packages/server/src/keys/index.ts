export { createLocalSigner, SignerError } from './local-signer.ts';
export { createKeyManager, type KeyManager, type RotationResult, type SigningKey } from './manager.ts';
