export { createAccountRoutes } from './endpoint.ts';
