export { alertNotice, type Field, field, hidden, statusNotice } from './form-parts.ts';
export { type Html, type HtmlValue, html } from './html.ts';
export {
  chooseLanguage,
  type Language,
  type MessageKey,
  type Messages,
  messagesFor,
  messagesIn,
} from './messages.ts';
export { PageError, type PageErrorCode, type PageErrorOptions, renderErrorPage } from './page-error.ts';
export { formActionSource, type Page, pageResponse, seeOther } from './page-response.ts';
