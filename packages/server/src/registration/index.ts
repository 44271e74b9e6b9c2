export { createRegistrationRoutes } from './endpoint.ts';
export { createKeyCheck } from './ensure-keys.ts';
export { createDescribeSelf } from './software-statement.ts';
export { createStatementKeys } from './statement-keys.ts';
