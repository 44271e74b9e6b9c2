import { stripVTControlCharacters } from 'node:util';
import { printable } from './terminal.ts';

/** Aligned columns under a heading. Cells may carry colour; it does not count. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  return lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** Names on the left, values on the right; members without a value are left out. */
export function facts(
  pairs: readonly (readonly [string, string | number | boolean | null | undefined])[],
): readonly string[] {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const widest = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `  ${name.padEnd(widest)}  ${printable(String(value))}`);
}

/** `1 client`, `2 clients`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** UTC to the second; a dash for "not yet" and "never", which are stored as 0. */
export function formatTime(epochSeconds: number): string {
  return epochSeconds === 0 ? '-' : new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The two largest units: `23 h 59 min`. */
export function formatDuration(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, seconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

function width(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
