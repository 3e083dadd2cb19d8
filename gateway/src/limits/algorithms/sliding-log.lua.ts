/**
 * The sliding-window log's arithmetic (sliding-log.ts) inside Redis: a part of the script that limit-script.ts puts
 * together. What is kept is a list with an entry for each instant of a draw, `INSTANT COUNT SUM`, where SUM is of all
 * counts up to it: so what is used is told by the first and the last entry, and when there will be room by a search
 * between them. A look takes the entries away that no longer count, each once.
 */
export const slidingLogLua = `
local function entry(s, index)
  local kept = redis.call('LINDEX', s.key, index)
  if not kept then return nil end
  local at, count, sum = string.match(kept, '^(%S+) (%S+) (%S+)$')
  return { at = tonumber(at), count = tonumber(count), sum = tonumber(sum) }
end
local function line(at, count, sum)
  return string.format('%.0f %.17g %.17g', at, count, sum)
end
algorithms['sliding-log'] = {
  look = function(s)
    s.used, s.at, s.before = 0, clock, 0
    s.last = entry(s, -1)
    if s.last then
      s.at = math.max(clock, s.last.at)
      local first = entry(s, 0)
      if s.last.at - clock > s.window then
        local used = s.last.sum - first.sum + first.count
        s.at = clock
        s.last = { at = clock, count = used, sum = used }
        first = s.last
        redis.call('DEL', s.key)
        redis.call('RPUSH', s.key, line(clock, used, used))
        redis.call('PEXPIRE', s.key, string.format('%.0f', 2 * s.window))
      elseif s.last.at <= s.at - s.window then
        redis.call('DEL', s.key)
        s.last, first = nil, nil
      end
      while first and first.at <= s.at - s.window do
        redis.call('LPOP', s.key)
        first = entry(s, 0)
      end
      if first then
        s.before = first.sum - first.count
        s.used = s.last.sum - s.before
      end
    end
    s.available = s.capacity - s.used
  end,
  draw = function(s)
    s.used = s.used + tokens
    s.available = s.capacity - s.used
    local sum = (s.last and s.last.sum or 0) + tokens
    if s.last and s.last.at == s.at then
      s.last = { at = s.at, count = s.last.count + tokens, sum = sum }
      redis.call('LSET', s.key, -1, line(s.at, s.last.count, sum))
    else
      s.last = { at = s.at, count = tokens, sum = sum }
      redis.call('RPUSH', s.key, line(s.at, tokens, sum))
    end
    redis.call('PEXPIRE', s.key, string.format('%.0f', 2 * s.window))
  end,
  told = function(s)
    if not s.last then return 0, 0 end
    local reset = s.last.at + s.window - clock
    local missing = tokens - s.available
    if missing <= 1e-9 or tokens > s.capacity then return reset, 0 end
    local low, high = 0, redis.call('LLEN', s.key) - 1
    while low < high do
      local middle = math.floor((low + high) / 2)
      if entry(s, middle).sum - s.before + 1e-9 >= missing then high = middle else low = middle + 1 end
    end
    return reset, entry(s, low).at + s.window - clock
  end,
}
`;
