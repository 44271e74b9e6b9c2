/** The in-process Signer: private keys are sealed at rest and unsealed into node:crypto key objects on first use. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { findSigningAlgorithm, type SigningAlgorithm, signingAlgorithms } from '@countersign/protocol/jose';
import type { GeneratedKey, Signer, Vault } from '../ports.ts';
import type { Sealed } from '../storage/secrets.ts';

export type SignerErrorCode =
  | 'unsupported_algorithm'
  | 'disabled_algorithm'
  | 'unreadable_key'
  | 'wrong_key_type'
  | 'weak_key'
  | 'duplicate_key'
  | 'conflict';

/** Why a key cannot be made or adopted. The message is meant for the operator and names no key material. */
export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerErrorCode;

  constructor(code: SignerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const maxCachedKeys = 10_000;
const maxModulusBits = 4096;
const generate = promisify(generateKeyPair);
const signAsync = promisify(nodeSign);

export function createLocalSigner(parts: { readonly vault: Vault }): Signer {
  const { vault } = parts;
  const opened = new Map<string, { readonly context: string; readonly key: KeyObject }>();

  function open(sealed: Sealed<'signing-key'>, context: string): KeyObject {
    const cached = opened.get(sealed);
    // A key that was opened here must still not open from a row that it was moved to.
    if (cached?.context === context) return cached.key;
    const der = vault.unseal('signing-key', context, sealed);
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
    if (opened.size >= maxCachedKeys) opened.delete(opened.keys().next().value ?? '');
    opened.set(sealed, { context, key });
    return key;
  }

  function seal(privateKey: KeyObject, publicKey: KeyObject, context: string): GeneratedKey {
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    return {
      publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
      privateKey: vault.seal('signing-key', context, der),
    };
  }

  return {
    async generate(algorithmName, context) {
      const algorithm = known(algorithmName);
      const { privateKey, publicKey } = await generatePair(algorithm);
      return seal(privateKey, publicKey, context);
    },

    async adopt(algorithmName, pem, context) {
      const algorithm = known(algorithmName);
      const privateKey = readPem(pem);
      checkFits(privateKey, algorithm);
      const publicKey = createPublicKey(privateKey);
      await checkSigns(privateKey, publicKey, algorithm);
      return seal(privateKey, publicKey, context);
    },

    sign(algorithmName, sealed, context, signingInput) {
      const algorithm = known(algorithmName);
      const key = { key: open(sealed, context), ...algorithm.nodeOptions };
      const data = Buffer.from(signingInput, 'ascii');
      // A curve signature takes 30 to 50 µs, less than a trip to the thread pool; RSA and ML-DSA take ten times that and more.
      return algorithm.isSlowToSign
        ? signAsync(algorithm.digest, data, key)
        : nodeSign(algorithm.digest, data, key);
    },
  };
}

function known(name: string): SigningAlgorithm {
  const algorithm = findSigningAlgorithm(name);
  if (algorithm === undefined) {
    throw new SignerError(
      'unsupported_algorithm',
      `${name} is not one of ${signingAlgorithms.map((each) => each.name).join(', ')}`,
    );
  }
  return algorithm;
}

async function generatePair(
  algorithm: SigningAlgorithm,
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (algorithm.nodeKeyType) {
    case 'ec':
      return generate('ec', { namedCurve: 'P-256' });
    case 'ed25519':
      return generate('ed25519');
    case 'rsa':
      return generate('rsa', { modulusLength: 2048 });
    case 'ml-dsa-44':
      return generate('ml-dsa-44');
    case 'ml-dsa-65':
      return generate('ml-dsa-65');
  }
}

function readPem(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch (cause) {
    throw new SignerError(
      'unreadable_key',
      'the file holds no private key in PEM form without a passphrase',
      { cause },
    );
  }
}

function checkFits(key: KeyObject, algorithm: SigningAlgorithm): void {
  const wanted = algorithm.nodeKeyType;
  if (key.asymmetricKeyType !== wanted) {
    throw new SignerError(
      'wrong_key_type',
      `${algorithm.name} needs a key of type ${wanted}, not ${key.asymmetricKeyType}`,
    );
  }
  const details = key.asymmetricKeyDetails ?? {};
  if (algorithm.keyType === 'EC' && details.namedCurve !== 'prime256v1') {
    throw new SignerError('wrong_key_type', `ES256 needs a key on P-256, not ${details.namedCurve}`);
  }
  if (algorithm.keyType !== 'RSA') return;
  const bits = details.modulusLength ?? 0;
  if (bits < 2048 || bits > maxModulusBits) {
    throw new SignerError(
      'weak_key',
      `an RSA key needs 2048 to ${maxModulusBits} bits, this one has ${bits}`,
    );
  }
  if (details.publicExponent !== undefined && details.publicExponent !== 65_537n) {
    throw new SignerError('weak_key', 'an RSA key needs the public exponent 65537');
  }
}

/** A damaged private key may load and sign, and give itself away by wrong signatures. */
async function checkSigns(
  privateKey: KeyObject,
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
): Promise<void> {
  const { digest, nodeOptions } = algorithm;
  const sample = Buffer.from('countersign key check');
  try {
    const signature = await signAsync(digest, sample, { key: privateKey, ...nodeOptions });
    if (nodeVerify(digest, sample, { key: publicKey, ...nodeOptions }, signature)) return;
  } catch (cause) {
    throw new SignerError('unreadable_key', 'the private key is damaged: it cannot sign', { cause });
  }
  throw new SignerError(
    'unreadable_key',
    'the private key is damaged: its own public key refuses what it signs',
  );
}
