import { MemoryEphemeralStore } from '../memory-ephemeral.ts';
import { sqliteDriver } from './drivers.ts';
import { ephemeralConformance } from './ephemeral.ts';

ephemeralConformance({
  name: 'memory',
  open: async (clock) => ({ ephemeral: new MemoryEphemeralStore(clock), end: async () => {} }),
});

ephemeralConformance({
  name: 'sqlite',
  open: async (clock) => {
    const place = await sqliteDriver.create();
    const { ephemeral } = await place.open(clock);
    return { ephemeral, end: () => place.destroy() };
  },
});
