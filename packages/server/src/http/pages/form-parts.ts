/** Fields, hidden values and notices, marked up the same way everywhere. */
import { type Html, html } from './html.ts';
import type { Messages } from './messages.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
  readonly autocomplete: 'username' | 'current-password' | 'new-password' | 'name' | 'off';
  /** A code of capitals: a phone offers them first, and they stand apart from words. */
  readonly isCode?: boolean | undefined;
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  /** The field is wrong, but the words about it stand elsewhere, under this id. */
  readonly describedBy?: string | undefined;
  readonly autofocus?: boolean | undefined;
}

/** Label above, then the field, then its error or hint. A password is never written back into a page. */
export function field(messages: Messages, input: Field): Html {
  const { name, error, hint } = input;
  const described = [
    error !== undefined && `${name}-error`,
    hint !== undefined && `${name}-hint`,
    input.describedBy,
  ]
    .filter((id) => typeof id === 'string')
    .join(' ');
  const invalid = error !== undefined || input.describedBy !== undefined;
  const capitals = input.isCode === true ? 'characters' : 'none';
  const plain = html` autocapitalize="${capitals}" autocorrect="off" spellcheck="false"`;
  return html`<div class="field">
<label for="${name}">${input.label}</label>
<div class="input"><input id="${name}" name="${name}" type="${input.type}" autocomplete="${input.autocomplete}" required${
    input.autocomplete === 'name' ? undefined : plain
  }${input.isCode === true && html` class="code" inputmode="text"`}${input.type === 'text' && html` maxlength="256" value="${input.value ?? ''}"`}${
    invalid && html` aria-invalid="true"`
  }${described !== '' && html` aria-describedby="${described}"`}${input.autofocus === true && html` autofocus`}>${
    input.type === 'password' && revealButton(messages, name)
  }</div>
${error !== undefined && html`<p class="error" id="${name}-error" role="alert">${error}</p>`}
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

/** Hidden until the script, without which it could do nothing, shows it. */
function revealButton(messages: Messages, name: string): Html {
  const [show, showLabel] = [messages.text('password.show'), messages.text('password.show-label')];
  const [hide, hideLabel] = [messages.text('password.hide'), messages.text('password.hide-label')];
  return html`<button class="reveal" type="button" hidden data-reveal="${name}" data-show="${show}" data-show-label="${showLabel}" data-hide="${hide}" data-hide-label="${hideLabel}" aria-controls="${name}" aria-label="${showLabel}">${show}</button>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

export function alertNotice(id: string, text: string): Html {
  return html`<p class="notice bad" id="${id}" role="alert">${text}</p>`;
}

/** Something to weigh before going on; it was there before the person did anything, so nothing announces it. */
export function warnNotice(text: string): Html {
  return html`<p class="notice warn">${text}</p>`;
}

export function statusNotice(text: string): Html {
  return html`<p class="notice good" role="status">${text}</p>`;
}
