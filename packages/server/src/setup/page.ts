import { field, type Html, hidden, html, type Messages } from '../http/pages/index.ts';

export interface SetupPage {
  readonly messages: Messages;
  readonly action: string;
  readonly token: string;
  readonly csrf: string;
  readonly filled: { readonly name: string; readonly username: string };
  readonly passwordRule: string;
  readonly faults: SetupFaults;
}

export interface SetupFaults {
  readonly name?: string;
  readonly username?: string;
  readonly password?: string;
}

export function setupBody(page: SetupPage): Html {
  const { messages, filled, faults } = page;
  const first =
    faults.name === undefined && (faults.username ?? faults.password) !== undefined ? undefined : 'name';
  return html`<h1>${messages.text('setup.title')}</h1>
<p>${messages.text('setup.intro')}</p>
<form method="post" action="${page.action}">
${hidden('token', page.token)}${hidden('csrf', page.csrf)}
${field(messages, {
  name: 'name',
  label: messages.text('setup.name'),
  type: 'text',
  autocomplete: 'name',
  value: filled.name,
  error: faults.name,
  autofocus: first === 'name',
})}
${field(messages, {
  name: 'username',
  label: messages.text('setup.username'),
  type: 'text',
  autocomplete: 'username',
  value: filled.username,
  hint: messages.text('setup.username-hint'),
  error: faults.username,
  autofocus: first === undefined && faults.username !== undefined,
})}
${field(messages, {
  name: 'password',
  label: messages.text('setup.password'),
  type: 'password',
  autocomplete: 'new-password',
  hint: page.passwordRule,
  error: faults.password,
  autofocus: first === undefined && faults.username === undefined,
})}
<div class="actions"><button>${messages.text('setup.submit')}</button></div>
</form>`;
}
