export { createConsentRoutes } from './endpoint.ts';
