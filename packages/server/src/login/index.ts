export { type Brake, type BrakeOutcome, enforceBrake } from './brake.ts';
export { createFormGuard, type FormGuard, refuseForeignOrigin } from './csrf.ts';
export { beginVisit, createLoginRoutes, type LoginObserver, type LoginParts } from './endpoint.ts';
export {
  type LoginEvent,
  type LoginFacts,
  type LoginState,
  nextLoginState,
} from './flow.ts';
export { newPasswordFault, type PasswordFailure, verifyPassword } from './passwords.ts';
export {
  clientLinks,
  clientName,
  clientText,
  type DescribeRequest,
  formActionsOf,
  type RequestDescription,
  returnOrigin,
} from './request-description.ts';
export {
  type Authentication,
  createSessions,
  type SessionEnd,
  type SessionParts,
  type Sessions,
} from './sessions.ts';
export { anonymous, auditEntry, byPerson, outboxEvent, type SealPersonal } from './trail.ts';
