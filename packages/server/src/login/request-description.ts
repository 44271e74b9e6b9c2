/** Who asks: what the login and consent pages tell of the waiting request. */
import type { Interaction } from '../authorize/index.ts';
import type { RequestContext } from '../http/context.ts';
import {
  formActionSources,
  type Html,
  html,
  imageSource,
  type Messages,
  type Page,
  PageError,
  returnOrigin,
  warnNotice,
} from '../http/pages/index.ts';
import type { ClientRecord } from '../storage/ports.ts';

export interface RequestDescription {
  readonly client: ClientRecord;
  /** Registered for the client: the caller has checked. */
  readonly redirectUri: string;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly loginHint?: string | undefined;
  readonly uiLocales?: readonly string[] | undefined;
  readonly display?: string | undefined;
}

/** Reads the request again. undefined: it is no longer good (client disabled or removed, reference gone). */
export type DescribeRequest = (
  context: RequestContext,
  interaction: Interaction,
) => Promise<RequestDescription | undefined>;

/**
 * undefined for a visit that no application's request has sent here: to the account pages, or to connect a device.
 * @throws {PageError} `interaction-expired` when an application's request is no longer good
 */
export async function describeAsker(
  describe: DescribeRequest,
  context: RequestContext,
  interaction: Interaction,
): Promise<RequestDescription | undefined> {
  const { kind } = interaction.purpose;
  if (kind === 'account' || kind === 'device') return undefined;
  const description = await describe(context, interaction);
  if (description === undefined)
    throw new PageError('interaction-expired', { detail: 'the request is no longer good' });
  return description;
}

const maxNameLength = 80;

/** The client's name, isolated: signs in it that turn the writing direction end where it ends. */
export function clientName(client: ClientRecord): Html {
  return html`<bdi><strong>${clientText(client)}</strong></bdi>`;
}

export function clientText(client: ClientRecord): string {
  const name = (client.metadata.clientName ?? '').replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  const shown = name === '' ? client.id : name;
  return shown.length > maxNameLength ? `${shown.slice(0, maxNameLength)}…` : shown;
}

/** Who asks, and where the browser goes on, if anywhere. */
export interface Asker {
  readonly client: ClientRecord;
  readonly redirectUri?: string | undefined;
  readonly display?: string | undefined;
}

/** What a page about this request needs of its headers: where its forms may lead, its picture, its opener. */
export function pageOptionsOf(description: Asker | undefined): PageOptions {
  if (description === undefined) return {};
  const { client, redirectUri, display } = description;
  const logo = logoOf(client);
  return {
    formActions: redirectUri === undefined ? [] : formActionSources(redirectUri),
    images: logo === undefined ? [] : [logo.source],
    keepsOpener: display === 'popup',
  };
}

type PageOptions = Pick<Page, 'formActions' | 'images' | 'keepsOpener'>;

/**
 * Who asks, by logo and sentence, where the answer goes or what else there is to say, and whether anybody here has looked at
 * the client (RFC 7591 §5). The logo has a place of fixed size, arrived or not.
 */
export function asker(
  messages: Messages,
  sentence: Html,
  { client, redirectUri }: Asker,
  detail?: Html,
): Html {
  const origin = redirectUri === undefined ? undefined : returnOrigin(messages, redirectUri);
  const below = origin === undefined ? detail : messages.rich('login.returns-to', { origin });
  const logo = logoOf(client);
  return html`<div class="asker">${
    logo !== undefined && html`<img src="${logo.uri}" alt="" decoding="async" referrerpolicy="no-referrer">`
  }<div>
<p>${sentence}</p>
${below !== undefined && html`<p class="muted">${below}</p>`}
</div></div>
${client.selfRegistration !== null && warnNotice(messages.text('login.unverified'))}`;
}

/** Registered, and of an origin that our policy can name. */
function logoOf({ metadata }: ClientRecord): { readonly uri: string; readonly source: string } | undefined {
  const { logoUri } = metadata;
  if (!isWebLink(logoUri)) return undefined;
  const source = imageSource(logoUri);
  return source === undefined ? undefined : { uri: logoUri, source };
}

/** Home page, privacy policy and terms of the client, where registered (OpenID Connect Registration §2). */
export function clientLinks(messages: Messages, client: ClientRecord): Html {
  const { clientUri, policyUri, tosUri } = client.metadata;
  const name = clientText(client);
  const links = (
    [
      ['login.website', clientUri],
      ['login.policy', policyUri],
      ['login.terms', tosUri],
    ] as const
  ).map(
    ([key, uri]) =>
      isWebLink(uri) &&
      html`<p><a href="${uri}" target="_blank" rel="noopener noreferrer">${messages.text(key, { client: name })}</a></p>`,
  );
  return links.some((link) => link !== false) ? html`<footer class="muted">${links}</footer>` : html``;
}

function isWebLink(uri: string | undefined): uri is string {
  return uri !== undefined && /^https?:\/\//i.test(uri);
}
