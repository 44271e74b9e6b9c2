import { StorageError } from '../error.ts';

export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

export function toJsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** The column was written by {@link toJson} from a value of the type that is named here. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export function fromJsonOrNull<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

export function toFlag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** A record that rides along in a verb must belong to the verb's tenant. */
export function requireTenant(tenant: string, record: { readonly tenant: string } | null): void {
  if (record !== null && record.tenant !== tenant) {
    throw new StorageError('internal', 'a record of one tenant was handed to a verb of another');
  }
}

export function requireThat(condition: boolean, rule: string): void {
  if (!condition) throw new StorageError('internal', rule);
}
