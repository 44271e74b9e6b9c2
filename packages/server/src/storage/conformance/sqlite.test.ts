import { sqliteDriver } from './drivers.ts';
import { storeConformance } from './store.ts';

storeConformance(sqliteDriver);
