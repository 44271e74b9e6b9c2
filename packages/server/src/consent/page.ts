import { type Html, hidden, html, type MessageKey, type Messages } from '../http/pages/index.ts';
import { asker, clientLinks, clientName, type RequestDescription } from '../login/index.ts';

export interface ConsentPage {
  readonly messages: Messages;
  readonly basePath: string;
  readonly interaction: string;
  readonly csrf: string;
  readonly description: RequestDescription;
  readonly username: string;
}

const scopeMessages: ReadonlyMap<string, MessageKey> = new Map([
  ['openid', 'scope.openid'],
  ['profile', 'scope.profile'],
  ['email', 'scope.email'],
  ['phone', 'scope.phone'],
  ['address', 'scope.address'],
  ['offline_access', 'scope.offline_access'],
]);

/** What a scope lets an application do. One we do not know is shown by its name, never left out. */
function describeScope(messages: Messages, scope: string): Html {
  const key = scopeMessages.get(scope);
  return key === undefined
    ? messages.rich('scope.unknown', { scope: html`<code>${scope}</code>` })
    : html`${messages.text(key)}`;
}

/** What the person would allow: each permission in words, and the places where it may be used. */
export function grantsSection(
  messages: Messages,
  { client, scope, resources }: Pick<RequestDescription, 'client' | 'scope' | 'resources'>,
): Html {
  return html`<section>
<p>${messages.rich('consent.will', { client: clientName(client) })}</p>
<ul class="grants">
${scope.map((value) => html`<li>${describeScope(messages, value)}</li>`)}
</ul>
${
  resources.length > 0 &&
  html`<p>${messages.text('consent.resources')}</p>
<ul class="places">${resources.map((resource) => html`<li><code>${resource}</code></li>`)}</ul>`
}
</section>`;
}

export function consentBody(page: ConsentPage): Html {
  const { messages, description } = page;
  const { client } = description;
  const name = clientName(client);
  const switchLink = html`<a href="${page.basePath}/login?interaction=${page.interaction}">${messages.text('consent.switch')}</a>`;
  return html`<h1>${messages.text('consent.title')}</h1>
${asker(messages, messages.rich('consent.asks', { client: name }), description)}
${grantsSection(messages, description)}
<section>
<p>${messages.rich('consent.signed-in-as', { username: html`<bdi><strong>${page.username}</strong></bdi>` })} ${switchLink}</p>
<p class="muted">${messages.text('consent.remembered')}</p>
<form method="post" action="${page.basePath}/consent">
${hidden('interaction', page.interaction)}${hidden('csrf', page.csrf)}
<div class="actions pair">
<button class="quiet" name="decision" value="deny">${messages.text('consent.deny')}</button>
<button name="decision" value="allow">${messages.text('consent.allow')}</button>
</div>
</form>
</section>
${clientLinks(messages, client)}`;
}
