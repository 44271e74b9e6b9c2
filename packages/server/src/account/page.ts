import {
  field,
  type Html,
  type HtmlValue,
  hidden,
  html,
  type MessageKey,
  type Messages,
  statusNotice,
} from '../http/pages/index.ts';
import { unknownDevice } from '../login/index.ts';
import type { ConsentRecord, SessionRecord, SubjectRecord } from '../storage/ports.ts';

export interface AccountPage {
  readonly messages: Messages;
  readonly basePath: string;
  /** The token for each form of this page. */
  readonly csrf: (form: AccountForm) => string;
  readonly subject: SubjectRecord;
  readonly session: SessionRecord;
  readonly sessions: readonly SessionRecord[];
  readonly consents: readonly { readonly consent: ConsentRecord; readonly name: string }[];
  readonly done: MessageKey | undefined;
  readonly passwordRule: string;
  readonly passwordFaults: { readonly current?: string | undefined; readonly next?: string | undefined };
}

export type AccountForm =
  | 'sessions/end'
  | 'sessions/end-others'
  | 'consents/revoke'
  | 'sign-out'
  | 'password';

export function accountBody(page: AccountPage): Html {
  const { messages, subject } = page;
  return html`<h1>${messages.text('account.title')}</h1>
${page.done !== undefined && statusNotice(messages.text(page.done))}
${profileSection(messages, subject)}
${sessionsSection(page)}
${consentsSection(page)}
${subject.passwordHash !== null && passwordSection(page)}
<section>
${form(page, 'sign-out', html`<button class="quiet">${messages.text('account.sign-out')}</button>`)}
</section>`;
}

function profileSection(messages: Messages, subject: SubjectRecord): Html {
  const facts: readonly (readonly [MessageKey, string | null | undefined])[] = [
    ['account.name', subject.profile.name],
    ['account.username', subject.username],
    ['account.email', subject.email],
  ];
  return html`<section aria-labelledby="profile">
<h2 id="profile">${messages.text('account.profile')}</h2>
<dl class="facts">
${facts.map(([key, value]) => typeof value === 'string' && html`<div><dt>${messages.text(key)}</dt><dd><bdi>${value}</bdi></dd></div>`)}
<div><dt>${messages.text('account.identifier')}</dt><dd><code>${subject.id}</code></dd></div>
</dl>
</section>`;
}

function sessionsSection(page: AccountPage): Html {
  const { messages, sessions, session } = page;
  const ordered = sessions.toSorted(
    (left, right) => Number(right.id === session.id) - Number(left.id === session.id),
  );
  const items = ordered.map((one) => {
    const isHere = one.id === session.id;
    const device = one.device === unknownDevice ? messages.text('device.unknown') : one.device;
    const label = messages.text('account.session-end-label', { device });
    const button = html`${hidden('session', one.id)}<button class="quiet" aria-label="${label}">${messages.text('account.session-end')}</button>`;
    return html`<li><div><div>${device}</div>
${isHere && html`<div class="here">${messages.text('account.session-this')}</div>`}
<div class="meta">${messages.rich('account.session-began', { time: messages.time(one.authTime) })}</div>
${!isHere && html`<div class="meta">${messages.rich('account.session-seen', { time: messages.time(one.lastSeenAt) })}</div>`}</div>
${!isHere && form(page, 'sessions/end', button)}</li>`;
  });
  const endOthers = html`<button class="quiet">${messages.text('account.sessions-end-others')}</button>`;
  return html`<section aria-labelledby="sessions">
<h2 id="sessions">${messages.text('account.sessions')}</h2>
<ul class="list">${items}</ul>
${sessions.length > 1 && form(page, 'sessions/end-others', endOthers)}
</section>`;
}

function consentsSection(page: AccountPage): Html {
  const { messages, consents } = page;
  const items = consents.map(({ consent, name }) => {
    const label = messages.text('account.consent-revoke-label', { client: name });
    const button = html`${hidden('client', consent.clientId)}<button class="quiet" aria-label="${label}">${messages.text('account.consent-revoke')}</button>`;
    return html`<li><div><div><bdi>${name}</bdi></div>
<div class="meta">${messages.rich('account.consent-since', { time: messages.time(consent.updatedAt) })}</div>
<div class="meta"><code>${consent.scope.join(' ')}</code></div></div>
${form(page, 'consents/revoke', button)}</li>`;
  });
  const list = html`<ul class="list">${items}</ul>`;
  return html`<section aria-labelledby="consents">
<h2 id="consents">${messages.text('account.consents')}</h2>
${consents.length > 0 ? list : html`<p class="muted">${messages.text('account.consents-none')}</p>`}
</section>`;
}

function passwordSection(page: AccountPage): Html {
  const { messages, subject, passwordFaults } = page;
  const fields = html`<input hidden readonly name="username" autocomplete="username" value="${subject.username ?? ''}">
${field(messages, {
  name: 'password',
  label: messages.text('account.password-current'),
  type: 'password',
  autocomplete: 'current-password',
  error: passwordFaults.current,
  autofocus: passwordFaults.current !== undefined,
})}
${field(messages, {
  name: 'new_password',
  label: messages.text('account.password-new'),
  type: 'password',
  autocomplete: 'new-password',
  hint: page.passwordRule,
  error: passwordFaults.next,
  autofocus: passwordFaults.next !== undefined && passwordFaults.current === undefined,
})}
<div class="actions"><button class="quiet">${messages.text('account.password-submit')}</button>
<p class="hint">${messages.text('account.password-effect')}</p></div>`;
  return html`<section aria-labelledby="password-title">
<h2 id="password-title">${messages.text('account.password')}</h2>
${form(page, 'password', fields)}
</section>`;
}

function form(page: AccountPage, name: AccountForm, content: HtmlValue): Html {
  return html`<form method="post" action="${page.basePath}/account/${name}">${hidden('csrf', page.csrf(name))}${content}</form>`;
}
