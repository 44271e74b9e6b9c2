export { createSetupRoutes, type SetupParts } from './endpoint.ts';
