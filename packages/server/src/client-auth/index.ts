export { type ClientAuthenticator, createClientAuthenticator } from './dispatch.ts';
export { acceptedAlgorithms, clientAuthRules } from './methods.ts';
