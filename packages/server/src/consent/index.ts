export { type ConsentParts, createConsentRoutes } from './endpoint.ts';
