/** HTML that is escaped unless somebody says otherwise. */

/** Markup made by {@link html} or vouched for by {@link trustedHtml}. Nothing that comes out of JSON is one. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand between two pieces of a template. Absent values and `false` write nothing. */
export type HtmlValue = Html | string | number | undefined | null | false | readonly HtmlValue[];

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Fit for text and for a quoted attribute value. Not for an unquoted one, a script, a style or the scheme of a URL. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? '');
}

/** Template tag: the literal parts are markup, every value is escaped unless it is {@link Html}. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(literals.reduce((text, literal, index) => `${text}${write(values[index - 1])}${literal}`));
}

/** Markup from our own files. Never call it with a value that came from outside. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

function write(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  return Array.isArray(value) ? value.map(write).join('') : escapeHtml(String(value));
}
