export { type ClientAuthenticator, createClientAuthenticator } from './dispatch.ts';
export { clientAuthRules } from './methods.ts';
