/** Pictures of every page: `node --conditions=source test/e2e/screenshots.ts OUTDIR`. For eyes, not for comparison. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { openApplication } from '../support/application.ts';
import { launchChromium, openVisitor } from '../support/chromium.ts';
import { startCountersign } from '../support/countersign.ts';
import { furnish, walkThrough } from '../support/pages.ts';

const forms: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: 'light',
    deviceScaleFactor: 2,
    hasTouch: true,
  },
};

const folder = process.argv[2];
if (folder === undefined) {
  console.error('Where to? node --conditions=source test/e2e/screenshots.ts OUTDIR');
  process.exitCode = 2;
} else {
  await takePictures(folder);
}

async function takePictures(outside: string): Promise<void> {
  mkdirSync(outside, { recursive: true });
  await using cleaning = new AsyncDisposableStack();
  const application = await openApplication(cleaning);
  const browser = await launchChromium(cleaning);
  for (const [form, options] of Object.entries(forms)) {
    const server = await startCountersign(cleaning, { name: `screenshots-${form}` });
    await furnish({ server, application });
    const visitor = await openVisitor(browser, options);
    for await (const name of walkThrough({ server, application }, visitor)) {
      const path = join(outside, `${name}-${form}.png`);
      await visitor.page.screenshot({ path, fullPage: true });
      console.log(path);
    }
    await visitor.leave();
    await server.stop();
  }
}
