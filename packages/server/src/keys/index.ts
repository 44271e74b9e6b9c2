export { createLocalSigner } from './local-signer.ts';
export { createKeyManager, type KeyManager, type SigningKey } from './manager.ts';
export { offeredAlgorithms } from './offered.ts';
