import { type Html, html } from './html.ts';
import type { Messages } from './messages.ts';

/** Where the answer goes. Unlike the name, this has been checked: an origin, or the scheme of an app on this device. */
export function returnOrigin(messages: Messages, redirectUri: string): Html {
  const { protocol, origin, hostname } = new URL(redirectUri);
  if (protocol === 'https:') return html`<code>${origin}</code>`;
  return html`${messages.text('device.this')} (<code>${protocol === 'http:' ? hostname : protocol.slice(0, -1)}</code>)`;
}
