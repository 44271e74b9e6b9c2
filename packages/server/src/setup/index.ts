export { createSetupRoutes } from './endpoint.ts';
