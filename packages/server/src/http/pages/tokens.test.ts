import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const tokens = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const page = readFileSync(new URL('page.css', import.meta.url), 'utf8');
const [lightText = '', darkText = ''] = tokens.split('@media (prefers-color-scheme: dark)');

const colours = (css: string): ReadonlyMap<string, string> =>
  new Map(
    [...css.matchAll(/--([a-z]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((channel) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((left, right) => left - right);
  return (light + 0.05) / (dark + 0.05);
}

for (const [scheme, set] of [
  ['light', colours(lightText)],
  ['dark', colours(darkText)],
] as const) {
  test(`every text colour reaches 4.5:1 on every ground in the ${scheme} scheme (WCAG 2.2 §1.4.3)`, () => {
    assert.equal(set.size, 10);
    const colour = (name: string): string => set.get(name) ?? assert.fail(name);
    for (const text of ['ink', 'muted', 'seal', 'ok', 'warn', 'bad']) {
      for (const ground of ['paper', 'field']) {
        const ratio = contrast(colour(text), colour(ground));
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    assert.ok(contrast(colour('paper'), colour('ink')) >= 4.5, 'text of a button');
  });
}

test('no colour and no size is named outside tokens.css', () => {
  const rules = page.replace(/\/\*[\s\S]*?\*\//g, '');
  assert.doesNotMatch(rules, /#[0-9a-f]{3,8}\b|rgb|hsl|oklch/i);
  assert.doesNotMatch(rules, /\d(?:px|rem)\b/);
  for (const [, name = ''] of rules.matchAll(/var\(--([a-z0-9-]+)\)/g))
    assert.ok(tokens.includes(`--${name}:`), name);
});
