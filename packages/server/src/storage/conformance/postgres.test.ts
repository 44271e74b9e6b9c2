import { describe } from 'node:test';
import { postgresDriver, skipWithoutPostgres } from './drivers.ts';
import { ephemeralConformance } from './ephemeral.ts';
import { storeConformance } from './store.ts';

describe('PostgreSQL', { skip: skipWithoutPostgres }, () => {
  storeConformance(postgresDriver);
  ephemeralConformance({
    name: 'postgresql',
    open: async (clock) => {
      const place = await postgresDriver.create();
      const { ephemeral } = await place.open(clock);
      return { ephemeral, end: () => place.destroy() };
    },
  });
});
