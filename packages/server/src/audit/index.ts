export { type AuditFacts, type AuditLog, createAuditLog } from './log.ts';
