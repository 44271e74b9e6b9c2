export { createDeviceAuthorizationRoute } from './authorization.ts';
export { createUserCodes } from './user-codes.ts';
export { createDeviceVerificationRoutes } from './verification.ts';
