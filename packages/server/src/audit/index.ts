export { type AuditFacts, auditEntry } from './entry.ts';
export { type AuditLog, createAuditLog } from './log.ts';
