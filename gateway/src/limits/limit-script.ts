/**
 * The script by which Redis decides on all limits of a request in one atomic step, on Redis's own clock, so that gateways
 * whose clocks differ agree. Each algorithm brings its part (`*.lua.ts`), which repeats its arithmetic line by line; a
 * script holds the parts that a request needs. A refusal draws nothing.
 *
 * KEYS: a key a limit. ARGV: tokens, then for each limit its algorithm, capacity, refill per millisecond, window in
 * milliseconds and period. Reply: 1 or 0, then for each limit three texts (Redis would cut a number's fraction): what
 * is available after the decision, the milliseconds until all is, and those until as much as was asked for is.
 */
import { defineScript, type Script } from '../state/store.ts';
import { fixedWindowLua } from './algorithms/fixed-window.lua.ts';
import { leakyBucketLua } from './algorithms/leaky-bucket.lua.ts';
import { slidingLogLua } from './algorithms/sliding-log.lua.ts';
import { slidingWindowLua } from './algorithms/sliding-window.lua.ts';
import { tokenBucketLua } from './algorithms/token-bucket.lua.ts';
import type { Algorithm, LimitCheck, LimitSpec } from './limiter.ts';

const PARTS: readonly (readonly [Algorithm, string])[] = [
  ['token-bucket', tokenBucketLua],
  ['leaky-bucket', leakyBucketLua],
  ['sliding-window', slidingWindowLua],
  ['sliding-log', slidingLogLua],
  ['fixed-window', fixedWindowLua],
];

const HEAD = `
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local tokens = tonumber(ARGV[1])
local algorithms = {}
local function keep(key, text, ttl)
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.max(1, math.ceil(ttl))))
end
`;

const TAIL = `
local states, times, allowed = {}, {}, 1
for i = 1, #KEYS do
  local at = 5 * i - 3
  local s = {
    key = KEYS[i],
    algorithm = algorithms[ARGV[at]],
    capacity = tonumber(ARGV[at + 1]),
    rate = tonumber(ARGV[at + 2]),
    window = tonumber(ARGV[at + 3]),
    period = ARGV[at + 4],
  }
  s.algorithm.look(s)
  times[s.key] = (times[s.key] or 0) + 1
  if s.available + 1e-9 < tokens * times[s.key] then allowed = 0 end
  states[i] = s
end
local reply = { allowed }
for i = 1, #KEYS do
  local s = states[i]
  if allowed == 1 and tokens > 0 then
    if times[s.key] > 1 then s.algorithm.look(s) end
    s.algorithm.draw(s)
  end
  local reset, retry = s.algorithm.told(s)
  reply[3 * i - 1] = string.format('%.17g', s.available)
  reply[3 * i] = string.format('%.17g', reset)
  reply[3 * i + 1] = string.format('%.17g', retry)
end
return reply
`;

const scripts = new Map<number, Script>();

/** The script for limits of these algorithms. */
export function limitScript(checks: readonly LimitCheck[]): Script {
  let needed = 0;
  for (const { spec } of checks) needed |= bitOf(spec);
  let script = scripts.get(needed);
  if (!script) {
    const parts = PARTS.filter((_part, i) => (needed & (1 << i)) !== 0).map(([, lua]) => lua);
    script = defineScript([HEAD, ...parts, TAIL].join(''));
    scripts.set(needed, script);
  }
  return script;
}

export function limitArguments(spec: LimitSpec): (string | number)[] {
  const windowMs = 'windowMs' in spec ? spec.windowMs : 0;
  const period = spec.algorithm === 'fixed-window' ? (spec.period ?? '') : '';
  return [spec.algorithm ?? 'token-bucket', spec.capacity, spec.refillPerMs, windowMs, period];
}

/** What each algorithm keeps is of another shape, and so under another key; that of token buckets has no suffix. */
export function keySuffix(spec: LimitSpec): string {
  return spec.algorithm === undefined || spec.algorithm === 'token-bucket' ? '' : `:${spec.algorithm}`;
}

function bitOf({ algorithm = 'token-bucket' }: LimitSpec): number {
  return 1 << PARTS.findIndex(([name]) => name === algorithm);
}
