export { type AccountParts, createAccountRoutes } from './endpoint.ts';
