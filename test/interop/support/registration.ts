/** Registers an application as docs/interop.md says, and fills the placeholders of its snippets. */
import assert from 'node:assert/strict';
import { findFreePort } from '../../support/countersign.ts';
import { readSection, type Section } from './page.ts';
import type { Stage } from './stage.ts';

export interface Application {
  readonly section: Section;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
  /** Origin of the application: http on localhost, which a redirect URI may have. */
  readonly url: string;
  /** The one snippet in that language as a user would fill it in: issuer, application, secret, and what else is named. */
  configuration(language: string, others?: Readonly<Record<string, string>>): string;
}

/** Placeholders of the page. */
const placeholder = {
  issuer: 'https://id.example',
  application: 'https://app.example',
  secret: 'CLIENT_SECRET',
};

/**
 * @param name of the section of the page
 * @param more placeholders of its command, beside the application's address
 */
export async function register(
  { cli, issuer }: Stage,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Application> {
  const section = readSection(name);
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  const registration = section.commands.find(([group, verb]) => group === 'client' && verb === 'add');
  assert.ok(registration !== undefined, `docs/interop.md says how ${name} is registered`);
  const parameters = registration.map((word) => fill(word, { [placeholder.application]: url, ...more }));
  const added = await cli<{ readonly client_id: string; readonly client_secret?: string }>(parameters);
  const { client_id: clientId, client_secret: clientSecret = '' } = added;
  return {
    section,
    clientId,
    clientSecret,
    port,
    url,
    configuration(language, others = {}) {
      const [snippet, ...rest] = section.snippets.filter((candidate) => candidate.language === language);
      assert.ok(snippet !== undefined && rest.length === 0, `${name} has one snippet in ${language}`);
      for (const word of Object.keys(others))
        assert.ok(
          snippet.text.includes(word),
          `${name}: the snippet in ${language} has the placeholder ${word}`,
        );
      return fill(snippet.text, {
        [placeholder.issuer]: issuer,
        [placeholder.application]: url,
        [placeholder.secret]: clientSecret,
        ...others,
      });
    },
  };
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(name, value), text);
}
