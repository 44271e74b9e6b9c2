/** One shell for every page: inline style and script, each admitted by its hash, and nothing from anywhere else. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestContext } from '../context.ts';
import { type Html, html, trustedHtml } from './html.ts';
import type { Messages } from './messages.ts';
import { script } from './script.ts';

const readAsset = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const minify = (css: string): string =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .trim();
const source = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const stylesheet = minify(`${readAsset('tokens.css')}${readAsset('page.css')}`);

/** CSP sources for the two inline elements. */
export const styleSource = source(stylesheet);
export const scriptSource = source(script);

/** A sign and its countersign: two strokes that overlap and close a ring. Works at 16 px and in one colour. */
const strokes = '<path d="M2.6 14.5A8 8 0 1 1 17.6 14.6"/><path d="M21.4 9.5A8 8 0 1 1 6.4 9.4"/>';
const mark = trustedHtml(
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" aria-hidden="true">${strokes}</svg>`,
);
const icon = trustedHtml(
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#b3382c" stroke-width="3" stroke-linecap="round">${strokes}</svg>`,
  )}`,
);

export interface Document {
  readonly messages: Messages;
  readonly title: string;
  readonly body: Html;
  /** For text and examples; forms stay in the narrow column. */
  readonly wide?: boolean | undefined;
}

export function renderDocument(context: RequestContext, document: Document): Html {
  const { messages, title, body, wide } = document;
  const place = context.tenant.id === 'default' ? 'Countersign' : context.tenant.name;
  return html`<!doctype html>
<html lang="${messages.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${place}</title>
<link rel="icon" href="${icon}">
<style>${trustedHtml(stylesheet)}</style>
</head>
<body>
<div class="column${wide === true && ' wide'}">
<header>${mark}<span>${place}</span></header>
<main>
${body}
</main>
</div>
<script>${trustedHtml(script)}</script>
</body>
</html>
`;
}
