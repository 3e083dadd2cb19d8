/**
 * The rules of a journal (flow-table.ts) inside Redis, on Redis's own clock, each change in one piece. A run is a hash:
 * its document `d`, its token `t`, its state `s`. What is open stands in a set sorted by the end of its lease, what is stuck
 * in another by when it was laid aside.
 */
import { defineScript } from '../../state/store.ts';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS: run, open, stuck. ARGV: id, token, document, lease. Reply: nothing, or state and document of what is known. */
export const openScript = defineScript(`${NOW}
local known = redis.call('HMGET', KEYS[1], 's', 'd')
if known[1] then return known end
redis.call('HSET', KEYS[1], 'd', ARGV[3], 't', ARGV[2], 's', 'open')
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
return false
`);

/** KEYS: the runs of one caller by when they count no more. ARGV: id, most, keep. Reply: 1 where there is room for it, else 0. */
export const admitScript = defineScript(`${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/** KEYS: the runs of one caller. ARGV: id. */
export const dismissScript = defineScript(`
return redis.call('ZREM', KEYS[1], ARGV[1])
`);

/** KEYS: run, open, stuck. ARGV: id, token, change, milliseconds, document. Reply: `held`, `lost` or `missing`. */
export const changeScript = defineScript(`${NOW}
local known = redis.call('HMGET', KEYS[1], 's', 't')
if not known[1] then return 'missing' end
local change, ms = ARGV[3], tonumber(ARGV[4])
local leads = 'open'
if change == 'settle' then leads = 'settled' elseif change == 'park' then leads = 'stuck' end
if known[2] ~= ARGV[2] or (known[1] ~= 'open' and known[1] ~= leads) then return 'lost' end
if change == 'drop' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 'held'
end
if change == 'write' or change == 'settle' or change == 'park' then redis.call('HSET', KEYS[1], 'd', ARGV[5]) end
if change == 'write' or change == 'renew' then
  redis.call('ZADD', KEYS[2], now + ms, ARGV[1])
elseif change == 'release' then
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
elseif change == 'settle' then
  redis.call('HSET', KEYS[1], 's', 'settled')
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ms)
elseif change == 'park' then
  redis.call('HSET', KEYS[1], 's', 'stuck')
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[3], now, ARGV[1])
end
return 'held'
`);

/**
 * KEYS: open, then runs by what stands in it, which the caller read. ARGV: token, lease, then the ids of the runs. Reply: id and
 * document of each that was taken.
 */
export const takeScript = defineScript(`${NOW}
local taken = {}
for i = 2, #KEYS do
  local id = ARGV[i + 1]
  local score = redis.call('ZSCORE', KEYS[1], id)
  if score and tonumber(score) <= now then
    local document = redis.call('HGET', KEYS[i], 'd')
    if document then
      redis.call('HSET', KEYS[i], 't', ARGV[1])
      redis.call('ZADD', KEYS[1], now + ARGV[2], id)
      taken[#taken + 1] = id
      taken[#taken + 1] = document
    else
      redis.call('ZREM', KEYS[1], id)
    end
  end
end
return taken
`);

/** KEYS: open. ARGV: most. Reply: ids whose lease is over, by the end of their leases. */
export const dueScript = defineScript(`${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
`);

/** KEYS: run, open, stuck. ARGV: id, token, lease. Reply: the document, or nothing. */
export const seizeScript = defineScript(`${NOW}
if redis.call('HGET', KEYS[1], 's') ~= 'stuck' then return false end
redis.call('HSET', KEYS[1], 's', 'open', 't', ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return redis.call('HGET', KEYS[1], 'd')
`);

/** KEYS: run. Reply: state and document. */
export const readScript = defineScript(`
return redis.call('HMGET', KEYS[1], 's', 'd')
`);

/** KEYS: open, stuck. ARGV: most. Reply: how many are open and stuck, then the ids of both. */
export const listScript = defineScript(`
return {
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZCARD', KEYS[2]),
  redis.call('ZRANGE', KEYS[2], 0, ARGV[1] - 1),
  redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1),
}
`);
