/** `/help/{feature}`: what the profile refuses, and what to do instead (CAP-1). */
import type { ProfileFeature } from '@countersign/protocol';
import type { Route } from '../http/context.ts';
import { html, type Messages, messagesFor, pageResponse } from '../http/pages/index.ts';
import { helpTopics } from './features.ts';

/** One route per feature: the list of pages is the list of features, and no path is looked up. */
export function createHelpRoutes(): readonly Route[] {
  return (Object.keys(helpTopics) as ProfileFeature[]).map((feature) => ({
    method: 'GET',
    path: `/help/${feature}`,
    errors: 'page',
    cors: 'none',
    name: 'help',
    endpoint: (request, context) => {
      const messages = messagesFor(request);
      const title = messages.text(`help.${feature}.title`);
      const body = helpBody(messages, feature, context.issuer);
      return pageResponse(context, { messages, title, body, wide: true });
    },
  }));
}

function helpBody(messages: Messages, feature: ProfileFeature, issuer: string) {
  const { rules, example } = helpTopics[feature];
  return html`<h1>${messages.text(`help.${feature}.title`)}</h1>
<p class="muted"><code>feature: ${feature}</code></p>
<section>
<h2>${messages.text('help.refused')}</h2>
<p>${messages.text(`help.${feature}.refused`)}</p>
</section>
<section>
<h2>${messages.text('help.rule')}</h2>
<ul class="places">${rules.map(({ name, uri }) => html`<li><a href="${uri}" rel="noreferrer">${name}</a></li>`)}</ul>
</section>
<section>
<h2>${messages.text('help.change')}</h2>
<p>${messages.text(`help.${feature}.change`)}</p>
</section>
<section>
<h2>${messages.text('help.example')}</h2>
<pre><code>${example.replaceAll('{issuer}', () => issuer)}</code></pre>
</section>`;
}
