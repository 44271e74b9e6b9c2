export { createLocalSigner } from './local-signer.ts';
export { createKeyManager, type KeyManager, type SigningKey } from './manager.ts';
export { type Features, isSwitchedOn, offeredAlgorithms } from './offered.ts';
