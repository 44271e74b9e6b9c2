import { crashConformance } from './crashes.ts';
import { sqliteDriver } from './drivers.ts';
import { raceConformance } from './races.ts';

raceConformance(sqliteDriver);
crashConformance(sqliteDriver);
