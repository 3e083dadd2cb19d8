/**
 * The fixed window's arithmetic (fixed-window.ts) inside Redis: a part of the script that limit-script.ts puts together.
 * What is kept is `USED END WINDOW`, up to one window past its end. Months are counted from March, so that the odd day
 * of a leap year is a year's last.
 */
export const fixedWindowLua = `
local function month_end(now)
  local day = math.floor(now / 86400000) + 719468
  local era = math.floor(day / 146097)
  local of_era = day - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153) + 1
  local first = math.floor((153 * month + 2) / 5)
  if month == 12 then
    year, first = year + 1, math.floor((year + 1) / 400)
  end
  local days = era * 146097 + 365 * year + math.floor(year / 4) - math.floor(year / 100) + first - 719468
  return days * 86400000
end
local function window_end(s)
  if s.period == 'month' then return month_end(clock) end
  return (math.floor(clock / s.window) + 1) * s.window
end
algorithms['fixed-window'] = {
  look = function(s)
    s.mark = string.format('%.0f', s.window) .. s.period
    s.used, s.stop = 0, window_end(s)
    local kept = redis.call('GET', s.key)
    if kept then
      local used, stop, mark = string.match(kept, '^(%S+) (%S+) (%S+)$')
      stop = tonumber(stop)
      if clock < stop then
        s.used = tonumber(used)
        if mark == s.mark and clock >= stop - 2 * s.window then s.stop = stop end
      end
    end
    s.available = s.capacity - s.used
  end,
  draw = function(s)
    s.used = s.used + tokens
    s.available = s.capacity - s.used
    keep(s.key, string.format('%.17g %.0f %s', s.used, s.stop, s.mark), s.stop - clock + s.window)
  end,
  told = function(s)
    local left = s.stop - clock
    return s.used > 0 and left or 0, left
  end,
}
`;
