import { auditConformance } from './auditing.ts';
import { boundsConformance } from './bounds.ts';
import { deviceConformance } from './devices.ts';
import type { Driver } from './driver.ts';
import { feedConformance } from './feed.ts';
import { grantConformance } from './grants.ts';
import { isolationConformance } from './isolation.ts';
import { logoutConformance } from './logouts.ts';
import { recordConformance } from './records.ts';
import { registrationConformance } from './registrations.ts';
import { sealingConformance } from './sealing.ts';

/** Everything that a driver has to pass; races and crashes have a suite of their own. */
export function storeConformance(driver: Driver): void {
  recordConformance(driver);
  grantConformance(driver);
  deviceConformance(driver);
  boundsConformance(driver);
  sealingConformance(driver);
  auditConformance(driver);
  feedConformance(driver);
  isolationConformance(driver);
  logoutConformance(driver);
  registrationConformance(driver);
}
