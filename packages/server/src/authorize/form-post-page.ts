/**
 * An answer that the browser posts to the redirect URI (OAuth 2.0 Form Post Response Mode §2). The script of our pages sends
 * the form at once; without it there is a button. The page is not stored.
 */
import type { RequestContext } from '../http/context.ts';
import {
  formActionSources,
  hidden,
  html,
  messagesFor,
  pageResponse,
  returnOrigin,
} from '../http/pages/index.ts';
import type { AnswerTarget } from './request.ts';

export function formPostPage(
  request: Request,
  context: RequestContext,
  target: AnswerTarget,
  parameters: Readonly<Record<string, string>>,
): Response {
  const { redirectUri, uiLocales, display } = target;
  const messages = messagesFor(request, uiLocales);
  const title = messages.text('form-post.title');
  const body = html`<h1>${title}</h1>
<p>${messages.rich('form-post.returns-to', { origin: returnOrigin(messages, redirectUri) })}</p>
<form method="post" action="${redirectUri}" data-send>
${Object.entries(parameters).map(([name, value]) => hidden(name, value))}
<div class="actions"><button>${messages.text('form-post.submit')}</button></div>
</form>`;
  return pageResponse(context, {
    messages,
    title,
    body,
    formActions: formActionSources(redirectUri),
    keepsOpener: display === 'popup',
  });
}
