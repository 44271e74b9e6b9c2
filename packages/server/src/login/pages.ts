import type { InteractionPurpose } from '../authorize/index.ts';
import { alertNotice, field, type Html, hidden, html, type Messages } from '../http/pages/index.ts';
import { asker, clientLinks, clientName, type RequestDescription } from './request-description.ts';

export interface LoginPage {
  readonly messages: Messages;
  /** Where the form goes. */
  readonly action: string;
  readonly interaction: string;
  readonly csrf: string;
  readonly description: RequestDescription | undefined;
  /** What the sign-in is for. */
  readonly purpose: InteractionPurpose['kind'];
}

export function loginBody(
  page: LoginPage,
  filled: { readonly username: string; readonly failed: boolean },
): Html {
  const { messages, description } = page;
  const describedBy = filled.failed ? 'login-error' : undefined;
  return html`<h1>${messages.text('login.title')}</h1>
${whoAsks(page)}
${filled.failed && alertNotice('login-error', messages.text('login.failed'))}
<form method="post" action="${page.action}">
${hidden('interaction', page.interaction)}${hidden('csrf', page.csrf)}
${field(messages, {
  name: 'username',
  label: messages.text('login.username'),
  type: 'text',
  autocomplete: 'username',
  value: filled.username,
  describedBy,
  autofocus: filled.username === '',
})}
${field(messages, {
  name: 'password',
  label: messages.text('login.password'),
  type: 'password',
  autocomplete: 'current-password',
  describedBy,
  autofocus: filled.username !== '',
})}
<div class="actions">
<button>${messages.text('login.submit')}</button>
${description !== undefined && html`<button class="quiet" name="action" value="cancel" formnovalidate>${messages.text('login.cancel')}</button>`}
</div>
</form>
${description !== undefined && clientLinks(messages, description.client)}`;
}

export function newPasswordBody(
  page: LoginPage,
  filled: { readonly username: string; readonly rule: string; readonly error?: string | undefined },
): Html {
  const { messages } = page;
  return html`<h1>${messages.text('new-password.title')}</h1>
<p>${messages.text('new-password.why')}</p>
<form method="post" action="${page.action}">
${hidden('interaction', page.interaction)}${hidden('csrf', page.csrf)}
<input hidden readonly name="username" autocomplete="username" value="${filled.username}">
${field(messages, {
  name: 'new_password',
  label: messages.text('new-password.label'),
  type: 'password',
  autocomplete: 'new-password',
  hint: filled.rule,
  error: filled.error,
  autofocus: true,
})}
<div class="actions"><button>${messages.text('new-password.submit')}</button></div>
</form>`;
}

function whoAsks({ messages, description, purpose }: LoginPage): Html {
  if (description === undefined) {
    return html`<p>${messages.text(purpose === 'device' ? 'login.asks-device' : 'login.asks-account')}</p>`;
  }
  return asker(
    messages,
    messages.rich('login.asks', { client: clientName(description.client) }),
    description,
  );
}
