import type { Step } from '../step.ts';
import { audit } from './audit.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import { deviceFlow } from './device.ts';
import { discovery } from './discovery.ts';
import { idToken } from './id-token.ts';
import { introspection } from './introspection.ts';
import { keyRotation } from './key-rotation.ts';
import { logout } from './logout.ts';
import { refreshRotation } from './refresh.ts';
import { revocation } from './revocation.ts';
import { tenants } from './tenants.ts';

/** In the order in which they are run; the audit record is looked at last. */
export const steps: readonly Step[] = [
  discovery,
  clientCredentials,
  authorizationCode,
  idToken,
  refreshRotation,
  introspection,
  revocation,
  deviceFlow,
  logout,
  keyRotation,
  tenants,
  audit,
];
