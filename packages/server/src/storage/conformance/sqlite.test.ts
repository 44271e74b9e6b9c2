import { sqliteDriver } from './drivers.ts';
import { isolationConformance } from './isolation.ts';

isolationConformance(sqliteDriver);
