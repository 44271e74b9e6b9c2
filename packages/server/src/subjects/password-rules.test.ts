import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswordRules, type PasswordProblem } from './index.ts';

const rules = createPasswordRules({ minLength: 12 });
const nobody = { username: null, email: null };

test('passwords that guessers try first are refused', async () => {
  const common = [
    'password1234',
    'Password2024!',
    'P@ssw0rd1234',
    'passwordpassword',
    'qwertyuiop123',
    '123456789012',
    '1qaz2wsx3edc',
    'abcdefghijkl',
    'zyxwvutsrqponm',
    'aaaaaaaaaaaa',
    'abababababab',
    'hunter2hunter2',
    'administrator',
    'iloveyou1234',
    '!!!dragon123!',
    'letmein12345',
    'qwerty-123456',
    'Sunshine!2025',
    'unbelievable',
    '098765432109',
    'asdfghjkl123',
    '................',
  ];
  for (const password of common) assert.equal(await rules.check(password, nobody), 'common', password);
});

test('long passwords are accepted without rules of composition', async () => {
  const good = [
    'correct horse battery staple',
    'vier grüne Tassen',
    'tmwgbb-8h2kx',
    'lovelace writes notes',
    'ein zwei drei vier fünf',
    '山田太郎は毎朝コーヒーを飲む',
    'x7#kQ9!mZ2$p',
    'dragon 8472 lamp wire',
    'kumquat-teapot',
    'e8avq-5ptn1-59set-9tqwf',
  ];
  for (const password of good) assert.equal(await rules.check(password, nobody), undefined, password);
});

test('length is counted in characters, not in bytes or halves of characters', async () => {
  const problems = async (password: string): Promise<PasswordProblem | undefined> =>
    rules.check(password, nobody);
  assert.equal(await problems('short'), 'too_short');
  assert.equal(await problems('äöüßéèêñçøå'), 'too_short');
  assert.equal(await problems('😀🦊🌲🚲🍎🎲🔑🌙🐙🧭🎻'), 'too_short');
  assert.equal(await problems('😀🦊🌲🚲🍎🎲🔑🌙🐙🧭🎻🏔'), undefined);
  assert.equal(await problems('k7'.repeat(6) + 'ä'.repeat(507)), 'too_long');
  assert.equal(await problems('abc\ud800defghijklmn'), 'not_text');
});

test('a password that leans on the user name or e-mail address is refused, one that merely contains it is not', async () => {
  const ada = { username: 'ada.lovelace', email: 'countess@example.com' };
  for (const password of [
    'ada.lovelace',
    'Ada.Lovelace99',
    'xx-ADA.LOVELACE-1',
    'countess2024x',
    'countess@example.com',
  ]) {
    assert.equal(await rules.check(password, ada), 'contains_username', password);
  }
  assert.equal(await rules.check('ada.lovelace wrote program one', ada), undefined);
  assert.equal(await rules.check('canada goose lake', { username: 'ada', email: null }), undefined);
});

test('every problem is explained without repeating the password', () => {
  for (const problem of ['not_text', 'too_short', 'too_long', 'contains_username', 'common'] as const)
    assert.match(rules.explain(problem), /^[A-Z].*\.$/);
});

test('a hostile password is judged quickly', async () => {
  for (const password of [
    'a'.repeat(1024),
    `${'1'.repeat(1023)}x`,
    'abc'.repeat(341),
    '!'.repeat(1024),
    'qwert'.repeat(200),
  ]) {
    const start = performance.now();
    await rules.check(password, nobody);
    assert.ok(performance.now() - start < 200, password.slice(0, 10));
  }
});
