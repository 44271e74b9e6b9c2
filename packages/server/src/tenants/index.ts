export { defaultSettings, defaultTenant, profiles, validateSettings } from './profile.ts';
export { type AuditedChange, auditChange, type Requester } from './requester.ts';
export { TenantError, type TenantErrorCode } from './tenant-error.ts';
export { createTenants, type NewTenant, type TenantChange, type Tenants } from './tenants.ts';
