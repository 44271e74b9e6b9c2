import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '../http.ts';
import { fetchKeys, verifyJwt } from '../jwt.ts';
import { type Step, StepFailure } from '../step.ts';
import type { World } from '../world.ts';

/** A change is seen by every process within a second. */
const patienceMs = 2000;

export const keyRotation: Step = {
  name: 'Key rotation',
  async run(world, check) {
    const { http, issuer, instance } = world;
    const keys = await instance.keyManager();
    try {
      const { actor, traceId } = instance.requester();
      const rotate = () => keys.rotate('default', 'ES256', { emergency: false, traceId, operator: actor.id });
      const before = await newToken(world);
      const published = await rotate();
      check(
        'the next key is published before it signs',
        published.outcome === 'published',
        published.outcome,
      );
      await until(world, 'clients can fetch the next key', async () =>
        (await fetchKeys(http, issuer)).some(({ kid }) => kid === published.kid),
      );
      const meanwhile = await verifyJwt(http, issuer, await newToken(world));
      check('the old key signs until then', meanwhile?.kid !== published.kid, meanwhile?.kid);
      if (published.outcome === 'published')
        await sleep(published.signsAfterSeconds * 1000, undefined, { signal: world.signal });
      const promoted = await rotate();
      check(
        'then it is promoted',
        promoted.outcome === 'promoted' && promoted.kid === published.kid,
        promoted.outcome,
      );
      await until(
        world,
        'the next key signs',
        async () => (await verifyJwt(http, issuer, await newToken(world)))?.kid === published.kid,
      );
      check('what the old key signed still verifies', (await verifyJwt(http, issuer, before)) !== undefined);
    } finally {
      keys.close();
    }
    return 'published, then current; tokens of the old key still verify';
  },
};

async function newToken({ http, issuer, clients }: World): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: 'read' };
  return textOf(await http.post(`${issuer}/oauth2/token`, form, clients.job), 'access_token');
}

async function until(world: World, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new StepFailure(what, `not within ${patienceMs} ms`);
    await sleep(25, undefined, { signal: world.signal });
  }
}
