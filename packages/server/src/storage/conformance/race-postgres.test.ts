import { describe } from 'node:test';
import { crashConformance } from './crashes.ts';
import { postgresDriver, skipWithoutPostgres } from './drivers.ts';
import { raceConformance } from './races.ts';

describe('PostgreSQL', { skip: skipWithoutPostgres }, () => {
  raceConformance(postgresDriver);
  crashConformance(postgresDriver);
});
