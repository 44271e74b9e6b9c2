import { type Html, hidden, html, type Messages, returnOrigin } from '../http/pages/index.ts';
import { clientName, asker as whoAsks } from '../login/index.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { LogoutRequest } from './request.ts';

export interface ConfirmationPage {
  readonly messages: Messages;
  readonly basePath: string;
  readonly csrf: string;
  readonly request: LogoutRequest;
  readonly username: string;
  /** Those that the sign-in was used for, as many as are shown. */
  readonly clients: readonly ClientRecord[];
  readonly hasMoreClients: boolean;
  /** Whether something goes on after the sign-out, because it was allowed to. */
  readonly keepsAccess: boolean;
}

/** Who asks, whose sign-in it is, what ends, and the answer. */
export function confirmationBody(page: ConfirmationPage): Html {
  const { messages, request } = page;
  const { asker, redirectUri, state, uiLocales } = request;
  return html`<h1>${messages.text('logout.title')}</h1>
${
  asker === undefined
    ? html`<p>${messages.text('logout.question')}</p>`
    : whoAsks(messages, messages.rich('logout.asks', { client: clientName(asker.client) }), {
        client: asker.client,
        redirectUri,
      })
}
<section>
<p>${messages.rich('consent.signed-in-as', { username: html`<bdi><strong>${page.username}</strong></bdi>` })} ${messages.text('logout.ends')}</p>
${usedFor(page)}
${request.isReturnRefused && html`<p class="muted">${messages.text('logout.not-returned')}</p>`}
${page.keepsAccess && html`<p class="muted">${messages.text('logout.keeps-access')}</p>`}
<form method="post" action="${page.basePath}/oauth2/logout/confirm">
${hidden('csrf', page.csrf)}
${asker !== undefined && hidden('client_id', asker.client.id)}
${redirectUri !== undefined && hidden('post_logout_redirect_uri', redirectUri)}
${state !== undefined && hidden('state', state)}
${uiLocales.length > 0 && hidden('ui_locales', uiLocales.join(' '))}
<div class="actions pair">
<button class="quiet" name="decision" value="stay">${messages.text('logout.stay')}</button>
<button name="decision" value="sign-out">${messages.text('logout.sign-out')}</button>
</div>
</form>
</section>`;
}

function usedFor({ messages, clients, hasMoreClients }: ConfirmationPage): Html {
  if (clients.length === 0) return html``;
  return html`<p>${messages.text('logout.used-for')}</p>
<ul class="places">${clients.map((client) => html`<li>${clientName(client)}</li>`)}
${hasMoreClients && html`<li class="muted">${messages.text('logout.and-more')}</li>`}</ul>`;
}

export interface SignedOutPage {
  readonly messages: Messages;
  readonly basePath: string;
  /** Where a client that is only named would have the person return to. */
  readonly back?: { readonly client: ClientRecord; readonly uri: string } | undefined;
  readonly isReturnRefused?: boolean;
}

export function signedOutBody({ messages, basePath, back, isReturnRefused }: SignedOutPage): Html {
  return html`<h1>${messages.text('signed-out.title')}</h1>
<p>${messages.text('signed-out.text')}</p>
${isReturnRefused === true && html`<p class="muted">${messages.text('logout.not-returned')}</p>`}
${back !== undefined && html`<p><a href="${back.uri}" rel="noreferrer">${messages.rich('signed-out.back', { client: clientName(back.client) })}</a><br><span class="muted">${returnOrigin(messages, back.uri)}</span></p>`}
<p><a href="${basePath}/account">${messages.text('signed-out.again')}</a></p>`;
}
