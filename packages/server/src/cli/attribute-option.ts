import type { AttributeValue } from '../storage/index.ts';
import { UsageError } from './command-error.ts';

/**
 * `name=text`, `name:=JSON` for numbers, true, false and lists, and `name=` to remove one. Whether the value may be one is for
 * the record to say.
 */
export function parseAttributeOptions(
  options: readonly string[],
): Readonly<Record<string, AttributeValue | null>> {
  const attributes = new Map<string, AttributeValue | null>();
  for (const option of options) {
    const [, name = '', sign = '', text = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(option) ?? [];
    if (name === '')
      throw new UsageError('--attribute is name=text, name:=JSON, or name= to remove the attribute');
    if (attributes.has(name)) {
      throw new UsageError(`--attribute names ${name} twice; a list is written ${name}:='["one", "two"]'`);
    }
    attributes.set(name, sign === '=' ? text || null : parseJson(name, text));
  }
  return Object.fromEntries(attributes);
}

function parseJson(name: string, text: string): AttributeValue | null {
  try {
    return JSON.parse(text) as AttributeValue | null;
  } catch {
    throw new UsageError(`--attribute ${name}:= is followed by JSON, such as 3, true or ["one", "two"]`);
  }
}
