/** Wording of the pages, in files beside this one; the keys are typed by the English file. */

import { escapeHtml, Html } from './html.ts';
import de from './messages/de.json' with { type: 'json' };
import en from './messages/en.json' with { type: 'json' };

export type MessageKey = keyof typeof en;
export type Language = 'en' | 'de';

const catalogues: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en, de };

/** Every language there is, the default one first. */
export const languages: readonly Language[] = ['en', 'de'];

export interface Messages {
  readonly language: Language;
  /** Plain text: whoever puts it on a page escapes it. */
  text(key: MessageKey, values?: Readonly<Record<string, string | number>>): string;
  /** Markup: the message is escaped, strings among the values too, `Html` values stand as they are. */
  rich(key: MessageKey, values: Readonly<Record<string, Html | string | number>>): Html;
  /** A time for people: UTC in the markup, the reader's own zone where the script runs. */
  time(epochSeconds: number): Html;
  /** A span in words: seconds below two minutes, then minutes rounded up. */
  span(seconds: number): string;
}

/** ui_locales first, then Accept-Language, then English. A tag counts by its primary subtag; no input makes it fail. */
export function chooseLanguage(request: Request, uiLocales: readonly string[] = []): Language {
  const accepted = parseAcceptLanguage(request.headers.get('accept-language') ?? '');
  for (const tag of [...uiLocales, ...accepted]) {
    const primary = tag.toLowerCase().split('-', 1)[0];
    const language = languages.find((candidate) => candidate === primary);
    if (language !== undefined) return language;
  }
  return 'en';
}

export function messagesFor(request: Request, uiLocales?: readonly string[]): Messages {
  return messagesIn(chooseLanguage(request, uiLocales));
}

export function messagesIn(language: Language): Messages {
  const catalogue = catalogues[language];
  const fill = (
    key: MessageKey,
    write: (name: string) => string,
    literal: (text: string) => string,
  ): string =>
    catalogue[key]
      .split(/\{([a-z]+)\}/)
      .map((part, index) => (index % 2 === 0 ? literal(part) : write(part)))
      .join('');
  return {
    language,
    text: (key, values = {}) =>
      fill(
        key,
        (name) => String(values[name] ?? ''),
        (text) => text,
      ),
    rich: (key, values) =>
      new Html(
        fill(
          key,
          (name) => {
            const value = values[name] ?? '';
            return value instanceof Html ? value.toString() : escapeHtml(String(value));
          },
          escapeHtml,
        ),
      ),
    time(epochSeconds) {
      const at = new Date(epochSeconds * 1000);
      const shown = at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
      return new Html(`<time datetime="${at.toISOString()}">${escapeHtml(shown)} UTC</time>`);
    },
    span(seconds) {
      const [unit, count] = seconds < 120 ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)];
      return count.toLocaleString(language, { style: 'unit', unit, unitDisplay: 'long' });
    },
  };
}

/** Language tags by falling weight. At most ten: more says nothing about a person. */
function parseAcceptLanguage(header: string): readonly string[] {
  return header
    .slice(0, 256)
    .split(',', 10)
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map(({ tag }) => tag);
}
