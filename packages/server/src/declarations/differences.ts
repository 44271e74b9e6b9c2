import { isDeepStrictEqual } from 'node:util';
import type { MemberChange } from './kind.ts';

type Members = Readonly<Record<string, unknown>>;

/** Member by member, in the order of their names. */
export function differences(before: Members, after: Members, prefix = ''): readonly MemberChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .map((name) => ({ member: `${prefix}${name}`, before: before[name], after: after[name] }));
}
