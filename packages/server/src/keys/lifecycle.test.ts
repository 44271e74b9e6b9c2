import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyState, SigningKeyRecord } from '../storage/ports.ts';
import type { Sealed } from '../storage/secrets.ts';
import { type KeyStep, nextStep, renewalTime } from './lifecycle.ts';

const times = { rotationSeconds: 1000, publishSeconds: 100, retiredSeconds: 300 };

interface Sketch {
  readonly version: number;
  readonly state: KeyState;
  /** When it entered this state. */
  readonly since?: number;
}

function keyOf({ version, state, since = 0 }: Sketch): SigningKeyRecord {
  return {
    tenant: 'default',
    kid: `v${version}`,
    algorithm: 'ES256',
    version,
    state,
    publicJwk: {},
    thumbprint: '',
    privateKey: '' as Sealed<'signing-key'>,
    createdAt: 0,
    publishedAt: state === 'next' ? since : 0,
    activatedAt: state === 'current' ? since : 0,
    retiredAt: state === 'retired' ? since : 0,
    dueAt: 0,
  };
}

function stepName(step: KeyStep | undefined): string {
  if (step === undefined) return 'rest';
  return 'key' in step ? `${step.step} ${step.key.kid}` : step.step;
}

const cases: readonly (readonly [string, number, readonly Sketch[], string])[] = [
  ['nothing is there: the first key is made', 0, [], 'create'],
  ['a logged key is published', 0, [{ version: 1, state: 'logged' }], 'publish v1'],
  ['the first key signs without waiting', 0, [{ version: 1, state: 'next' }], 'promote v1'],
  ['a current key signs in peace', 899, [{ version: 1, state: 'current' }], 'rest'],
  ['its successor is made so early that it can wait', 900, [{ version: 1, state: 'current' }], 'create'],
  [
    'a crash after logging is taken up where it was',
    950,
    [
      { version: 1, state: 'current' },
      { version: 2, state: 'logged' },
    ],
    'publish v2',
  ],
  [
    'a next key waits until every cache has it',
    999,
    [
      { version: 1, state: 'current' },
      { version: 2, state: 'next', since: 900 },
    ],
    'rest',
  ],
  [
    'and then signs',
    1000,
    [
      { version: 1, state: 'current' },
      { version: 2, state: 'next', since: 900 },
    ],
    'promote v2',
  ],
  [
    'a process that slept for a year promotes before it makes another',
    31_000_000,
    [
      { version: 1, state: 'current' },
      { version: 2, state: 'next', since: 900 },
    ],
    'promote v2',
  ],
  [
    'of two next keys the older comes first',
    2000,
    [
      { version: 1, state: 'current' },
      { version: 3, state: 'next', since: 950 },
      { version: 2, state: 'next', since: 900 },
    ],
    'promote v2',
  ],
  [
    'a retired key stays published',
    1299,
    [
      { version: 1, state: 'retired', since: 1000 },
      { version: 2, state: 'current', since: 1000 },
    ],
    'rest',
  ],
  [
    'and is removed after its time',
    1300,
    [
      { version: 1, state: 'retired', since: 1000 },
      { version: 2, state: 'current', since: 1000 },
    ],
    'remove v1',
  ],
  [
    'where only retired keys are left a new one is made',
    1001,
    [{ version: 1, state: 'retired', since: 1000 }],
    'create',
  ],
];

for (const [title, now, sketches, expected] of cases) {
  test(`the life of a key: ${title} (SPN-3)`, () => {
    const keys = sketches.map(keyOf);
    assert.equal(stepName(nextStep(keys, now, times)), expected);
    assert.equal(stepName(nextStep(keys.toReversed(), now, times)), expected, 'whatever the order');
  });
}

test('a rotation shorter than the publication renews at once, never in the past (SPN-3)', () => {
  const current = keyOf({ version: 1, state: 'current', since: 50 });
  assert.equal(renewalTime(current, { ...times, rotationSeconds: 10 }), 50);
});
