/**
 * What Redis does in one step. A value is kept as `<expiry in epoch seconds> <text>`: whether it has expired is judged by the
 * clock of whoever asks, as in every driver, while Redis only forgets it later. Each script has one key, so that it
 * runs in a cluster.
 */
import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  /** By which Redis remembers it. */
  readonly sha1: string;
}

function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

const isLive = `
local function isLive(kept, now)
  return kept and tonumber(string.match(kept, '^[^ ]+')) > tonumber(now)
end
`;

/** now, kept form, milliseconds until Redis forgets it → 1 to the first caller. */
export const claimScript = script(`${isLive}
if isLive(redis.call('GET', KEYS[1]), ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`);

/** now → the kept form, to at most one caller. */
export const takeScript = script(`${isLive}
local kept = redis.call('GET', KEYS[1])
if not isLive(kept, ARGV[1]) then return false end
redis.call('DEL', KEYS[1])
return kept
`);

/** now, expected text, next text → 1 if it was replaced. */
export const replaceScript = script(`${isLive}
local kept = redis.call('GET', KEYS[1])
if not isLive(kept, ARGV[1]) then return 0 end
local expiry, text = string.match(kept, '^([^ ]+) (.*)$')
if text ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], expiry .. ' ' .. ARGV[3], 'KEEPTTL')
return 1
`);

/**
 * cost, capacity, refill per second, now in milliseconds → allowed, seconds to wait. The arithmetic of `../bucket.ts`, step
 * by step; both count in IEEE doubles, and 17 digits bring each back as it was.
 */
export const spendScript = script(`
local cost, capacity, refill, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function waitSeconds(missing)
  if missing <= 0 then return 0 end
  return math.min(86400, math.ceil(missing / refill))
end
local tokens, updated = capacity, now
local kept = redis.call('GET', KEYS[1])
if kept then
  local keptTokens, keptUpdated = string.match(kept, '^([^ ]+) ([^ ]+)$')
  updated = tonumber(keptUpdated)
  tokens = math.min(capacity, tonumber(keptTokens) + math.max(0, now - updated) / 1000 * refill)
end
local needed = cost
if cost == 0 then needed = 1 end
if tokens < needed then return {0, waitSeconds(needed - tokens)} end
if cost == 0 then return {1, 0} end
local left = math.min(capacity, tokens - cost)
local at = math.max(now, updated)
local ttl = (math.ceil(at / 1000) + waitSeconds(capacity - left)) * 1000 - now
if ttl <= 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.17g %.17g', left, at), 'PX', string.format('%.0f', math.ceil(ttl)))
end
return {1, 0}
`);
