/** ui_locales is a wish and never fails: what cannot be read or is too much is left out (OpenID Connect Core §3.1.2.1). */
import type { Parameters } from '@countersign/protocol';

const maxLocales = 10;

export function readUiLocales(parameters: Parameters): readonly string[] {
  const words = (parameters.get('ui_locales') ?? '').split(' ').filter((word) => word !== '');
  return words.slice(0, maxLocales);
}
