import { fileURLToPath } from 'node:url';
import type { JSONWebKeySet } from 'jose';
import { firstJson, freePort, pidOf, serverCore, spawnNode, stopChild } from './child.ts';
import type { Subject } from './subject.ts';

const script = fileURLToPath(new URL('./bare-signer-server.ts', import.meta.url));

/** `claimsLength`: bytes of claims JSON, so that what is signed and sent is as large as the other side's. */
export async function startBareSigner(
  claimsLength: number,
): Promise<Subject & { readonly jwks: JSONWebKeySet }> {
  const port = await freePort();
  const child = spawnNode(script, [JSON.stringify({ port, claimsLength })], { core: serverCore });
  const { jwks } = (await firstJson(child)) as { jwks: JSONWebKeySet };
  return { name: 'bare signing', port, pid: pidOf(child), jwks, stop: () => stopChild(child) };
}
