export { createDelivery } from './backchannel/delivery.ts';
export { createLogoutWorker } from './backchannel/worker.ts';
export { createLogoutRoutes } from './endpoint.ts';
export { signedOutBody } from './page.ts';
