/** What the person does at Countersign, the same whichever application sent her. */
import assert from 'node:assert/strict';
import { canary } from '../../../scripts/canaries.ts';
import { signIn, type Visitor } from '../../support/chromium.ts';

/** Is told that the first password is wrong, and goes on with the right one. */
export async function mistypeAndSignIn({ page, expectStatus }: Visitor): Promise<void> {
  expectStatus(401);
  await signIn(page, canary.username, 'not the password');
  await page.getByRole('alert').waitFor();
  await signIn(page, canary.username, canary.password);
}

/** Signs in, and allows what the application named `name` asks for. */
export async function signInAndAllow(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  await page.getByText(`${name} asks you to sign in.`).waitFor();
  await mistypeAndSignIn(visitor);
  await page.getByRole('heading', { name: 'Allow access' }).waitFor();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
}

/** The JSON that a peer's page shows once the browser is back there. */
export async function readJson<Shape>({ page }: Visitor, url: string | RegExp): Promise<Shape> {
  await page.waitForURL(url);
  return JSON.parse(await page.locator('body').innerText()) as Shape;
}

/** What every application has to know of the person. */
export interface SeenPerson {
  readonly sub: string;
  readonly preferred_username: string;
  readonly email: string;
}

export function assertPerson(seen: SeenPerson, sub: string): void {
  const { preferred_username, email } = seen;
  assert.deepEqual(
    { sub: seen.sub, preferred_username, email },
    { sub, preferred_username: canary.username, email: canary.email },
  );
}

/** Signed out at the server too: whoever goes to `url`, which leads to a sign-in, is asked for the password. */
export async function assertSignedOut({ page }: Visitor, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByText(`${name} asks you to sign in.`).waitFor();
  await page.getByLabel('Password', { exact: true }).waitFor();
}

/** On the account page of the server: the application's own page is not asked. */
export async function signOutOfServer({ context }: Visitor, issuer: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${issuer}/account`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.close();
}

const toldWithinMs = 20_000;

/** Goes to the application until it has nobody signed in any more, as it does once the server has told it. */
export async function assertTold({ page }: Visitor, url: string, name: string): Promise<void> {
  const question = page.getByText(`${name} asks you to sign in.`);
  const deadline = performance.now() + toldWithinMs;
  do {
    assert.ok(performance.now() < deadline, `${name} is told that the session has ended`);
    await page.goto(url);
  } while (!(await question.isVisible()));
}
