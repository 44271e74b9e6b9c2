import { describe } from 'node:test';
import { ephemeralRaceConformance } from './races.ts';
import { redisRaceDriver, skipWithoutRedis } from './redis-driver.ts';

describe('Redis', { skip: skipWithoutRedis }, () => {
  ephemeralRaceConformance(redisRaceDriver);
});
