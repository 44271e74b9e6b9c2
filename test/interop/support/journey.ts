/** What the person does at Countersign, the same whichever application sent her. */
import assert from 'node:assert/strict';
import { canary } from '../../../scripts/canaries.ts';
import { signIn, type Visitor } from '../../support/chromium.ts';

/** Mistypes the password, is told so, signs in, and allows what the application named `name` asks for. */
export async function signInAndAllow({ page, expectStatus }: Visitor, name: string): Promise<void> {
  await page.getByText(`${name} asks you to sign in.`).waitFor();
  expectStatus(401);
  await signIn(page, canary.username, 'not the password');
  await page.getByRole('alert').waitFor();
  await signIn(page, canary.username, canary.password);
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
