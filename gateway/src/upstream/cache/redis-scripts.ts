/**
 * What the cache does in Redis in one piece. A cache's keys share one hash tag, so that they are in one place of a cluster.
 * Purges are numbered; each leaves its number under what it names. A reply carries the number that stood when its
 * fetch began, and holds as long as no purge of its URI, its tags or everything has a higher one. So a purge that comes
 * while a reply is being fetched still hits it, and nothing has to be searched for. Numbers are never below the time in
 * milliseconds, so that a counter that was evicted does not begin below the marks that are left.
 */
import { defineScript } from '../../state/store.ts';

/**
 * KEYS: the counter of purges, the mark of everything, the mark of the URI, then the slots. ARGV: what tags' marks begin
 * with, then for each slot the variants to look for, by commas. Returns the counter, and for each slot its index (names
 * of fields by which its replies vary) and the first variant that holds, or ''.
 */
export const findScript = defineScript(`
local number = redis.call('GET', KEYS[1])
if not number then
  local now = redis.call('TIME')
  number = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
  redis.call('SET', KEYS[1], number)
end
local all = tonumber(redis.call('GET', KEYS[2]) or '0')
local uri = tonumber(redis.call('GET', KEYS[3]) or '0')
local found = { number }
for at = 4, #KEYS do
  found[#found + 1] = redis.call('HGET', KEYS[at], 'index') or ''
  local body = ''
  for variant in string.gmatch(ARGV[at - 2], '[^,]+') do
    local since = redis.call('HGET', KEYS[at], 's' .. variant)
    if since then
      local from, tags = string.match(since, '^(%d+)(.*)$')
      from = tonumber(from)
      local holds = from >= all and from >= uri
      for tag in string.gmatch(tags, '%S+') do
        if tonumber(redis.call('GET', ARGV[1] .. tag) or '0') > from then holds = false end
      end
      if holds then
        body = redis.call('HGET', KEYS[at], 'b' .. variant) or ''
        break
      end
    end
  end
  found[#found + 1] = body
end
return found
`);

/**
 * KEYS: the slot, the mark of its URI. ARGV: variant, its number and tags, names it varies by, body, milliseconds to keep,
 * most variants. The mark lives as long as what is stored under its URI: that it is there says that something is.
 */
export const putScript = defineScript(`
local mark = redis.call('GET', KEYS[2])
if mark and tonumber(mark) > tonumber(string.match(ARGV[2], '^%d+')) then return 0 end
if not mark then redis.call('SET', KEYS[2], '0', 'PX', ARGV[5])
elseif redis.call('PTTL', KEYS[2]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[2], ARGV[5]) end
if redis.call('HLEN', KEYS[1]) > 2 * tonumber(ARGV[6]) then redis.call('DEL', KEYS[1]) end
local index = redis.call('HGET', KEYS[1], 'index') or ''
local line = '[' .. ARGV[3] .. ']'
if not string.find(index, line, 1, true) then index = line .. string.sub(index, 1, 2048) end
redis.call('HSET', KEYS[1], 'index', index, 's' .. ARGV[1], ARGV[2], 'b' .. ARGV[1], ARGV[4])
local left = redis.call('PTTL', KEYS[1])
if left < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
return 1
`);

/** KEYS: the slot. ARGV: the variant that goes. */
export const forgetScript = defineScript(`
return redis.call('HDEL', KEYS[1], 's' .. ARGV[1], 'b' .. ARGV[1])
`);

/**
 * KEYS: the counter of purges, the mark to set. ARGV: milliseconds for which something older may still be kept, and for
 * which something may be under way where nothing is.
 */
export const purgeScript = defineScript(`
local now = redis.call('TIME')
local least = now[1] * 1000 + math.floor(now[2] / 1000)
local number = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, least)
local text = string.format('%.0f', number)
redis.call('SET', KEYS[1], text)
redis.call('SET', KEYS[2], text, 'PX', ARGV[redis.call('EXISTS', KEYS[2]) == 1 and 1 or 2])
return text
`);
