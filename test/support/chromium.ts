/** Chromium as a person drives it, with an eye on everything a page should not do. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { canary } from '../../scripts/canaries.ts';

const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** The `skip` option of a test that needs Chromium. In CI a skip is a failure. */
export const skipWithoutChromium = existsSync(path) ? false : `Chromium is missing at ${path}`;

const timeoutMs = 60_000;

/** Runs in the page. Chromium logs most violations by itself; this names the directive of each. */
const reportViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('CSP: ' + event.violatedDirective + ' blocks ' + event.blockedURI))`;

/** @param switches of the command line, beside those that every test uses */
export async function launchChromium(
  cleaning: AsyncDisposableStack,
  switches: readonly string[] = [],
): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...switches,
    ],
  });
  cleaning.defer(() => browser.close());
  return browser;
}

/** One person with a browser profile of their own. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Console errors and warnings, CSP violations, failed requests, and statuses of 400 and more that were not expected. */
  readonly complaints: readonly string[];
  /** The next answers with this status are what the test wants. */
  expectStatus(status: number): void;
  /** Closes the profile and asserts that there was nothing to complain about. */
  leave(): Promise<void>;
}

export async function openVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 ${canary.userAgent}`,
    ...options,
  });
  context.setDefaultTimeout(timeoutMs);
  const complaints: string[] = [];
  const expected = new Set<number>();
  await context.addInitScript({ content: reportViolations });
  context.on('console', (message) => {
    const text = message.text();
    // A status is told by the response below, with its address.
    if (/^Failed to load resource: the server responded with a status/.test(text)) return;
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${text}`);
  });
  context.on('weberror', (error) => complaints.push(`exception: ${error.error().message}`));
  context.on('response', (response) => {
    const status = response.status();
    if (status >= 400 && !expected.has(status)) complaints.push(`${status} at ${response.url()}`);
  });
  const page = await context.newPage();
  return {
    context,
    page,
    complaints,
    expectStatus: (status) => void expected.add(status),
    async leave() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** What axe-core finds on the page as it stands, in light and in dark; one line for each finding. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, help, nodes } of violations) {
      const places = nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`);
      found.push(`${colorScheme}: ${impact} ${id}: ${help}\n${places.join('\n')}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  return found;
}

export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
