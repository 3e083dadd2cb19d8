/**
 * The bucket's arithmetic (token-bucket.ts) inside Redis: all the buckets of a request in one atomic step, on
 * Redis's own clock, so that gateways whose clocks differ agree. A refusal writes nothing. A bucket is kept for twice
 * its fill time; one that is gone by then would be full anyway.
 *
 * KEYS: a key a bucket. ARGV: tokens, then for each bucket its capacity and its refill per millisecond.
 * Reply: 1 or 0, then each bucket's level after the decision, as text (Redis would cut a number's fraction).
 */
import { defineScript } from '../state/store.ts';

export const tokenBucketScript = defineScript(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local tokens = tonumber(ARGV[1])
local levels, instants, allowed = {}, {}, 1
for i = 1, #KEYS do
  local capacity, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local level, at = capacity, clock
  local kept = redis.call('GET', KEYS[i])
  if kept then
    local space = string.find(kept, ' ', 1, true)
    level, at = tonumber(string.sub(kept, 1, space - 1)), tonumber(string.sub(kept, space + 1))
    local elapsed = clock - at
    if elapsed >= 0 then
      level = math.min(capacity, level + elapsed * rate)
      at = clock
    else
      level = math.min(capacity, level)
      if -elapsed > capacity / rate then at = clock end
    end
  end
  levels[i], instants[i] = level, at
  if level + 1e-9 < tokens then allowed = 0 end
end
local reply = { allowed }
for i = 1, #KEYS do
  if allowed == 1 and tokens > 0 then
    levels[i] = levels[i] - tokens
    local ttl = math.ceil(2 * tonumber(ARGV[2 * i]) / tonumber(ARGV[2 * i + 1]))
    redis.call('SET', KEYS[i], string.format('%.17g %.0f', levels[i], instants[i]), 'PX', string.format('%.0f', math.max(1, ttl)))
  end
  reply[i + 1] = string.format('%.17g', levels[i])
end
return reply
`);
