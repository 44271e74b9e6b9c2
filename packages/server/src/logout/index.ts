export { createLogoutRoutes } from './endpoint.ts';
export { signedOutBody } from './page.ts';
