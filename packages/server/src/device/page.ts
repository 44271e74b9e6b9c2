import { formatUserCode } from '@countersign/protocol';
import { grantsSection } from '../consent/index.ts';
import { addressBlock } from '../http/client-address.ts';
import {
  alertNotice,
  field,
  type Html,
  hidden,
  html,
  type Messages,
  warnNotice,
} from '../http/pages/index.ts';
import { asker, clientLinks, clientName, unknownDevice } from '../login/index.ts';
import type { ClientRecord, DeviceCodeRecord } from '../storage/ports.ts';

export interface EntryPage {
  readonly messages: Messages;
  readonly basePath: string;
  readonly csrf: string;
  /** What stands in the field: what came with the link, or what was entered before. */
  readonly code: string;
  readonly error: string | undefined;
}

/** One field. A code that came with the link is to be compared, and a button is to be pressed (RFC 8628 §3.3.1). */
export function entryBody({ messages, basePath, csrf, code, error }: EntryPage): Html {
  const isCompared = code !== '' && error === undefined;
  return html`<h1>${messages.text('connect.title')}</h1>
<p>${messages.text(isCompared ? 'connect.intro-filled' : 'connect.intro')}</p>
${error !== undefined && alertNotice('code-error', error)}
<form method="post" action="${basePath}/device">
${hidden('csrf', csrf)}
${field(messages, {
  name: 'user_code',
  label: messages.text('connect.code'),
  type: 'text',
  autocomplete: 'off',
  isCode: true,
  value: code,
  hint: isCompared ? undefined : messages.text('connect.code-hint'),
  describedBy: error === undefined ? undefined : 'code-error',
  autofocus: !isCompared,
})}
<div class="actions"><button>${messages.text('connect.submit')}</button></div>
</form>
<p class="muted">${messages.text('connect.beware')}</p>`;
}

export interface ApprovalPage {
  readonly messages: Messages;
  readonly basePath: string;
  readonly interaction: string;
  readonly csrf: string;
  readonly username: string;
  readonly client: ClientRecord;
  readonly record: DeviceCodeRecord;
  readonly code: string;
  /** Where the device asked from, and where this browser is. */
  readonly addresses: { readonly device: string | undefined; readonly browser: string };
}

/** Who asks, what for and from where, so that a device that is not one's own can be told (RFC 8628 §5.4). */
export function approvalBody(page: ApprovalPage): Html {
  const { messages, basePath, interaction, client, record, code } = page;
  const switchLink = html`<a href="${basePath}/login?interaction=${interaction}">${messages.text('consent.switch')}</a>`;
  return html`<h1>${messages.text('connect.approve.title')}</h1>
${asker(
  messages,
  messages.rich('connect.approve.asks', { client: clientName(client) }),
  { client },
  messages.rich('connect.approve.client', { id: html`<code>${client.id}</code>` }),
)}
<section>
<p>${messages.text('connect.approve.compare')}</p>
<p class="compare">${formatUserCode(code)}</p>
</section>
${whereSection(page)}
${grantsSection(messages, { client, scope: record.scope, resources: record.resources })}
<section>
<p>${messages.rich('consent.signed-in-as', { username: html`<bdi><strong>${page.username}</strong></bdi>` })} ${switchLink}</p>
<p class="muted">${messages.text('connect.approve.lasts')}</p>
${warnNotice(messages.text('connect.approve.warning'))}
<form method="post" action="${basePath}/device/confirm">
${hidden('interaction', interaction)}${hidden('csrf', page.csrf)}
<div class="actions pair">
<button class="quiet" name="decision" value="deny">${messages.text('consent.deny')}</button>
<button name="decision" value="allow">${messages.text('consent.allow')}</button>
</div>
</form>
</section>
${clientLinks(messages, client)}`;
}

function whereSection({ messages, record, addresses }: ApprovalPage): Html {
  const { device, browser } = addresses;
  const program = record.device === unknownDevice ? messages.text('connect.unknown-program') : record.device;
  const isSameNetwork = device !== undefined && addressBlock(device) === addressBlock(browser);
  const network = messages.text(isSameNetwork ? 'connect.approve.same' : 'connect.approve.other');
  const fact = (name: string, value: Html): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<section aria-labelledby="where">
<h2 id="where">${messages.text('connect.approve.where')}</h2>
<dl class="facts">
${
  device !== undefined &&
  fact(
    messages.text('connect.approve.address'),
    html`<code>${device}</code><br><span class="meta">${network}</span>`,
  )
}
${fact(messages.text('connect.approve.program'), html`${program}`)}
${fact(messages.text('connect.approve.asked'), messages.time(record.createdAt))}
</dl>
</section>`;
}

export function doneBody(messages: Messages, basePath: string, outcome: 'approved' | 'denied'): Html {
  return html`<h1>${messages.text(`connect.${outcome}.title`)}</h1>
<p>${messages.text(`connect.${outcome}.text`)}</p>
<p><a href="${basePath}/account">${messages.text('connect.account')}</a></p>`;
}
