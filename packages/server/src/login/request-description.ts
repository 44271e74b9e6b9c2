/** Who asks: what the login and consent pages tell of the waiting request. */
import type { Interaction } from '../authorize/index.ts';
import type { RequestContext } from '../http/context.ts';
import { formActionSource, type Html, html, type Messages, PageError } from '../http/pages/index.ts';
import type { ClientRecord } from '../storage/ports.ts';

export interface RequestDescription {
  readonly client: ClientRecord;
  /** Registered for the client: the caller has checked. */
  readonly redirectUri: string;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly loginHint?: string | undefined;
  readonly uiLocales?: readonly string[] | undefined;
}

/** Reads the request again. undefined: it is no longer good (client disabled or removed, reference gone). */
export type DescribeRequest = (
  context: RequestContext,
  interaction: Interaction,
) => Promise<RequestDescription | undefined>;

/**
 * undefined for a visit to the account pages, which nobody asks for.
 * @throws {PageError} `interaction-expired` when an application's request is no longer good
 */
export async function describeAsker(
  describe: DescribeRequest,
  context: RequestContext,
  interaction: Interaction,
): Promise<RequestDescription | undefined> {
  if (interaction.purpose.kind === 'account') return undefined;
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

/** Where the answer goes. Unlike the name, this has been checked: an origin, or the scheme of an app on this device. */
export function returnOrigin(messages: Messages, redirectUri: string): Html {
  const { protocol, origin, hostname } = new URL(redirectUri);
  if (protocol === 'https:') return html`<code>${origin}</code>`;
  return html`${messages.text('device.this')} (<code>${protocol === 'http:' ? hostname : protocol.slice(0, -1)}</code>)`;
}

export function formActionsOf(description: RequestDescription | undefined): readonly string[] {
  const source = description === undefined ? undefined : formActionSource(description.redirectUri);
  return source === undefined ? [] : [source];
}

/** Privacy policy and terms of the client, where registered. */
export function clientLinks(messages: Messages, client: ClientRecord): Html {
  const { policyUri, tosUri } = client.metadata;
  const name = clientText(client);
  const links = [
    isWebLink(policyUri) &&
      html`<p><a href="${policyUri}" rel="noreferrer">${messages.text('login.policy', { client: name })}</a></p>`,
    isWebLink(tosUri) &&
      html`<p><a href="${tosUri}" rel="noreferrer">${messages.text('login.terms', { client: name })}</a></p>`,
  ];
  return links.some((link) => link !== false) ? html`<footer class="muted">${links}</footer>` : html``;
}

function isWebLink(uri: string | undefined): uri is string {
  return uri !== undefined && /^https?:\/\//i.test(uri);
}
