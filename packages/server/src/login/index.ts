export { type Brake, enforceBrake } from './brake.ts';
export { createFormGuard, type FormGuard } from './csrf.ts';
export { deviceName, unknownDevice } from './device.ts';
export { beginVisit, createLoginRoutes } from './endpoint.ts';
export { isOwnNotice, noticePath } from './notice.ts';
export { leastPasswordLength, newPasswordFault } from './passwords.ts';
export { recordInInteraction } from './record.ts';
export {
  asker,
  clientLinks,
  clientName,
  clientText,
  type DescribeRequest,
  pageOptionsOf,
  type RequestDescription,
} from './request-description.ts';
export { type Authentication, createSessions, type Sessions } from './sessions.ts';
export { anonymous, auditEntry, byPerson, outboxEvent, type SealPersonal } from './trail.ts';
