export { alertNotice, field, hidden, statusNotice, warnNotice } from './form-parts.ts';
export { type Html, type HtmlValue, html } from './html.ts';
export { type MessageKey, type Messages, messagesFor } from './messages.ts';
export { PageError, renderErrorPage } from './page-error.ts';
export { formActionSources, imageSource, type Page, pageResponse, seeOther } from './page-response.ts';
export { returnOrigin } from './return-origin.ts';
