import { auditConformance } from './auditing.ts';
import { boundsConformance } from './bounds.ts';
import { deviceConformance } from './devices.ts';
import { sqliteDriver } from './drivers.ts';
import { feedConformance } from './feed.ts';
import { grantConformance } from './grants.ts';
import { isolationConformance } from './isolation.ts';
import { logoutConformance } from './logouts.ts';
import { recordConformance } from './records.ts';

recordConformance(sqliteDriver);
grantConformance(sqliteDriver);
deviceConformance(sqliteDriver);
boundsConformance(sqliteDriver);
auditConformance(sqliteDriver);
feedConformance(sqliteDriver);
isolationConformance(sqliteDriver);
logoutConformance(sqliteDriver);
