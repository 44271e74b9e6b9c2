export { createHelpRoutes } from './endpoint.ts';
