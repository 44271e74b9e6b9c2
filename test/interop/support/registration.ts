/** Registers an application as docs/interop.md says, and fills the placeholders of its snippets. */
import assert from 'node:assert/strict';
import { findFreePort } from '../../support/countersign.ts';
import type { PeerName } from './catalogue.ts';
import { type PeerSection, readPeerSection } from './page.ts';
import type { Stage } from './stage.ts';

export interface Application {
  readonly section: PeerSection;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
  /** Origin of the application: http on localhost, which a redirect URI may have. */
  readonly url: string;
  /** The one snippet in that language as a user would fill it in: issuer, application, secret, and what else is named. */
  configuration(language: string, more?: Readonly<Record<string, string>>): string;
}

/** Placeholders of the page. */
const placeholder = {
  issuer: 'https://id.example',
  application: 'https://app.example',
  secret: 'CLIENT_SECRET',
};

export async function register({ cli, issuer }: Stage, peer: PeerName): Promise<Application> {
  const section = readPeerSection(peer);
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  const parameters = section.registration.map((word) => word.replaceAll(placeholder.application, url));
  const added = await cli<{ readonly client_id: string; readonly client_secret?: string }>(parameters);
  const { client_id: clientId, client_secret: clientSecret = '' } = added;
  return {
    section,
    clientId,
    clientSecret,
    port,
    url,
    configuration(language, more = {}) {
      const [snippet, ...others] = section.snippets.filter((candidate) => candidate.language === language);
      assert.ok(snippet !== undefined && others.length === 0, `${peer} has one snippet in ${language}`);
      for (const name of Object.keys(more))
        assert.ok(
          snippet.text.includes(name),
          `${peer}: the snippet in ${language} has the placeholder ${name}`,
        );
      const values = {
        [placeholder.issuer]: issuer,
        [placeholder.application]: url,
        [placeholder.secret]: clientSecret,
        ...more,
      };
      return Object.entries(values).reduce(
        (text, [name, value]) => text.replaceAll(name, value),
        snippet.text,
      );
    },
  };
}
