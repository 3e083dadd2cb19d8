/**
 * The sliding-window counter's arithmetic (sliding-window.ts) inside Redis: a part of the script that limit-script.ts
 * puts together. What is kept is `CURRENT PREVIOUS START WINDOW`, for three windows.
 */
export const slidingWindowLua = `
local function window_start(window)
  return math.floor(clock / window) * window
end
local function counted(s, window)
  return s.current + s.previous * (1 - math.max(0, clock - s.start) / window)
end
local function roll(s, window)
  local passed = clock - s.start
  if passed >= window then
    s.previous = passed < 2 * window and s.current or 0
    s.current, s.start = 0, window_start(window)
  elseif -passed > 2 * window then
    s.start = window_start(window)
  end
end
algorithms['sliding-window'] = {
  look = function(s)
    s.current, s.previous, s.start = 0, 0, window_start(s.window)
    local kept = redis.call('GET', s.key)
    if kept then
      local current, previous, start, window = string.match(kept, '^(%S+) (%S+) (%S+) (%S+)$')
      s.current, s.previous, s.start = tonumber(current), tonumber(previous), tonumber(start)
      window = tonumber(window)
      roll(s, window)
      if window ~= s.window then
        s.current, s.previous, s.start = counted(s, window), 0, window_start(s.window)
      end
    end
    s.available = s.capacity - counted(s, s.window)
  end,
  draw = function(s)
    s.current = s.current + tokens
    s.available = s.available - tokens
    keep(s.key, string.format('%.17g %.17g %.0f %.0f', s.current, s.previous, s.start, s.window), 3 * s.window)
  end,
  told = function(s)
    local windows = s.current > 0 and 2 or s.previous > 0 and 1 or 0
    local reset = windows == 0 and 0 or s.start + windows * s.window - clock
    local room = s.capacity - tokens
    if room < 0 or counted(s, s.window) <= room then return reset, 0 end
    local passed = 2 - room / s.current
    if s.current <= room then passed = 1 - (room - s.current) / s.previous end
    return reset, math.floor(s.start - clock + passed * s.window) + 1
  end,
}
`;
