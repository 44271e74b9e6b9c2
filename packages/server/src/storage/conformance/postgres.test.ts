import { describe } from 'node:test';
import { auditConformance } from './auditing.ts';
import { boundsConformance } from './bounds.ts';
import { postgresDriver, skipWithoutPostgres } from './drivers.ts';
import { ephemeralConformance } from './ephemeral.ts';
import { feedConformance } from './feed.ts';
import { grantConformance } from './grants.ts';
import { isolationConformance } from './isolation.ts';
import { recordConformance } from './records.ts';

describe('PostgreSQL', { skip: skipWithoutPostgres }, () => {
  recordConformance(postgresDriver);
  grantConformance(postgresDriver);
  boundsConformance(postgresDriver);
  auditConformance(postgresDriver);
  feedConformance(postgresDriver);
  isolationConformance(postgresDriver);
  ephemeralConformance({
    name: 'postgresql',
    open: async (clock) => {
      const place = await postgresDriver.create();
      const { ephemeral } = await place.open(clock);
      return { ephemeral, end: () => place.destroy() };
    },
  });
});
