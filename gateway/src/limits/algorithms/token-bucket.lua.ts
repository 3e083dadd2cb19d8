/**
 * The token bucket's arithmetic (token-bucket.ts) inside Redis: a part of the script that limit-script.ts puts together.
 * What is kept is `LEVEL INSTANT`, for twice the fill time; a bucket that is gone by then would be full anyway.
 */
export const tokenBucketLua = `
algorithms['token-bucket'] = {
  look = function(s)
    s.available, s.at = s.capacity, clock
    local kept = redis.call('GET', s.key)
    if not kept then return end
    local space = string.find(kept, ' ', 1, true)
    local level, at = tonumber(string.sub(kept, 1, space - 1)), tonumber(string.sub(kept, space + 1))
    local elapsed = clock - at
    if elapsed >= 0 then
      s.available = math.min(s.capacity, level + elapsed * s.rate)
    else
      s.available = math.min(s.capacity, level)
      if -elapsed <= s.capacity / s.rate then s.at = at end
    end
  end,
  draw = function(s)
    s.available = s.available - tokens
    keep(s.key, string.format('%.17g %.0f', s.available, s.at), 2 * s.capacity / s.rate)
  end,
  told = function(s)
    local behind = math.max(0, s.at - clock)
    local missing = s.capacity - s.available
    return missing > 0 and missing / s.rate + behind or 0, (tokens - s.available) / s.rate + behind
  end,
}
`;
