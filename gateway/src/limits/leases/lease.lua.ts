/**
 * The arithmetic of leases (lease.ts) inside Redis, on Redis's own clock. The level stands where exact draws keep it, in
 * the same words, so that a limit which changes its mode keeps its level; the leases stand beside it, a field a holder.
 *
 * KEYS: the bucket, its leases. ARGV: capacity, refill per millisecond, how long a lease is kept, holder, sequence, held,
 * back, owed, need, waiting, ahead, shares, lost, known, most. Reply: granted, leased ahead, level, as text (Redis would cut a number's fraction).
 */
import { defineScript } from '../../state/store.ts';

export const leaseScript = defineScript(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local capacity, rate, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local holder, sequence, held = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local back, owed, need = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local waiting, ahead = tonumber(ARGV[10]), tonumber(ARGV[11])
local shares, lost, known_level = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local others, mine, over, stop, late, known = 0, held, 0, -1, false, false
local leases = redis.call('HGETALL', KEYS[2])
for i = 1, #leases, 2 do
  local tokens, till, last, gave = string.match(leases[i + 1], '^(%S+) (%S+) (%S+) (%S+)$')
  tokens, till = tonumber(tokens), tonumber(till)
  local own = leases[i] == holder
  if own and tonumber(last) >= sequence then late = true end
  if own and tonumber(last) == lost then back = back + tonumber(gave) end
  if till <= clock or till > clock + keep then
    over, stop = over + tokens, math.max(stop, math.min(till, clock))
    redis.call('HDEL', KEYS[2], leases[i])
  elseif own then
    mine, known = tokens, true
  else
    others = others + tokens
  end
end
local room = math.max(0, capacity - others - mine)
local level, at = math.min(capacity, known_level), clock
local kept = redis.call('GET', KEYS[1])
if kept then
  local space = string.find(kept, ' ', 1, true)
  level, at = tonumber(string.sub(kept, 1, space - 1)), tonumber(string.sub(kept, space + 1))
end
if stop > at then
  level = math.min(math.max(0, room - over), level + (stop - at) * rate)
  at = stop
end
level = math.min(room, level + math.max(0, clock - at) * rate)
if clock >= at or at - clock > capacity / rate then at = clock end
local granted, given = 0, 0
if not late then
  level = math.min(level, tonumber(ARGV[15]))
  level = math.min(math.max(0, capacity - others - held), level + back)
  local paid = math.min(owed, math.max(0, level + capacity))
  level = level - paid
  if level + 1e-9 >= need then
    granted = math.max(need, math.min(need + waiting, math.floor(level + 1e-9)))
    given = math.min(ahead, math.floor(math.max(0, level - granted) / (2 * shares)))
  end
  level = level - granted - given
  if held + granted + given + paid > 0 then
    local lease = string.format('%.17g %.0f %.0f %.17g', held + given, clock + keep, sequence, granted + given + paid)
    redis.call('HSET', KEYS[2], holder, lease)
  elseif known then
    redis.call('HDEL', KEYS[2], holder)
  end
end
if kept or known_level < capacity or granted > 0 or given > 0 or owed > 0 or held > 0 then
  local ttl = string.format('%.0f', keep + math.ceil(2 * capacity / rate))
  redis.call('SET', KEYS[1], string.format('%.17g %.0f', level, at), 'PX', ttl)
  redis.call('PEXPIRE', KEYS[2], ttl)
end
return { string.format('%.17g', granted), string.format('%.17g', given), string.format('%.17g', level) }
`);
