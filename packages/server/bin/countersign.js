#!/usr/bin/env node
// Plain JavaScript, in syntax that old versions of Node parse as well: they must get as far as the message below.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const oldestSupportedMajor = 24;

if (Number.parseInt(process.versions.node, 10) < oldestSupportedMajor) {
  process.stderr.write(
    `countersign needs Node ${oldestSupportedMajor} or later; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
} else {
  nodeModule.enableCompileCache();
  const { main } = await import(entryPoint());
  process.exitCode = await main(process.argv.slice(2));
}

/** The sources in a checkout; the built files in an installed package, where Node strips no types. */
function entryPoint() {
  const source = new URL('../src/main.ts', import.meta.url);
  if (import.meta.url.includes('/node_modules/') || !existsSync(source)) {
    return new URL('../dist/main.js', import.meta.url).href;
  }
  nodeModule.registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier.startsWith('@countersign/')
        ? nextResolve(specifier, { ...context, conditions: [...context.conditions, 'source'] })
        : nextResolve(specifier, context),
  });
  return source.href;
}
