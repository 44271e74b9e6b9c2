/**
 * The address that a device asked from. It is shown to the person who is asked, so that somebody else's device can be told
 * from one's own; it is sealed in its row, erased with the answer, and never in a log or an audit row.
 */
import type { Vault } from '../ports.ts';
import type { DeviceCodeRecord } from '../storage/ports.ts';
import type { Sealed } from '../storage/secrets.ts';

type Row = Pick<DeviceCodeRecord, 'tenant' | 'hash'>;

export function sealOrigin(vault: Vault, row: Row, address: string): Sealed<'device-origin'> {
  return vault.seal('device-origin', originSealingContext(row), Buffer.from(address));
}

/** undefined once the person has answered. */
export function readOrigin(vault: Vault, record: Row & Pick<DeviceCodeRecord, 'origin'>): string | undefined {
  if (record.origin === null) return undefined;
  return Buffer.from(vault.unseal('device-origin', originSealingContext(record), record.origin)).toString();
}

export function originSealingContext({ tenant, hash }: Row): string {
  return `device-origin ${tenant} ${hash}`;
}
