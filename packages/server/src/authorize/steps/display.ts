/** display is a wish and never fails: an unknown value means the page (OpenID Connect Core §3.1.2.1). */
import type { Parameters } from '@countersign/protocol';
import type { Display } from '../request.ts';

const known: readonly Display[] = ['page', 'popup', 'touch', 'wap'];

export function readDisplay(parameters: Parameters): Display {
  const wished = parameters.get('display');
  return known.find((value) => value === wished) ?? 'page';
}
