/**
 * Brings every peer of the suite, or those that the parameters name a part of, onto this machine: two at a time, so that one
 * downloads while another builds. A test that finds its peer missing does the same by itself; here it is quicker.
 */
import { chromium, providePeer } from '../../scripts/lib/peers.ts';
import { type PeerName, peerNames, providePeerNamed } from './support/catalogue.ts';

const parts = process.argv.slice(2);
const wanted = peerNames.filter(
  (name) => parts.length === 0 || parts.some((part) => `test/interop/${name}.test.ts`.includes(part)),
);
const waiting: (() => Promise<string>)[] = [
  async () => (await providePeer(chromium)).note,
  ...wanted.map((name) => () => setUp(name)),
];

await Promise.all([work(), work()]);

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) console.log(await next());
}

async function setUp(name: PeerName): Promise<string> {
  const startedAt = performance.now();
  try {
    const { skip, installed } = await providePeerNamed(name);
    if (skip !== false) return `${name}: skipped: ${skip}`;
    return `${name} ${installed().version}: there after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  } catch (error) {
    // The peer's test meets the same failure and is red; the other peers go on.
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
