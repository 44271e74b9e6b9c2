export { createConsentRoutes } from './endpoint.ts';
export { grantsSection } from './page.ts';
