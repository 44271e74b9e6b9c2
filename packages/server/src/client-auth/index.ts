export { type ClientAuthenticator, createClientAuthenticator } from './dispatch.ts';
export { clientRefusal } from './refusal.ts';
