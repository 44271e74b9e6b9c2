export { defaultTenant } from './profile.ts';
export { auditChange, type Requester } from './requester.ts';
export { TenantError } from './tenant-error.ts';
export {
  createTenants,
  type NewTenant,
  type SettingsChange,
  type TenantChange,
  type Tenants,
} from './tenants.ts';
