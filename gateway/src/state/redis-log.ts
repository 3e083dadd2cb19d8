/**
 * Logs in Redis, shared by every process of every node. An entry is written and told in one script, so that whoever hears
 * of it finds it, and the numbers of what is told grow. The keys of a log have one hash tag: one place of a cluster.
 */
import {
  channelOf,
  type LogEntry,
  type LogLimits,
  type LogPage,
  type LogWritten,
  PAGE_ENTRIES,
  type SharedLog,
} from './shared-log.ts';
import { defineScript, type ScriptStore } from './store.ts';

/**
 * KEYS: the log's hash of `last` and `gone`, the sorted set of keys by number, the hash of texts. ARGV: key, text, ms to
 * keep, most entries, channel, whether only where there is none. Returns the number and how many heard it.
 */
const WRITE = defineScript(`
if ARGV[6] == '1' and redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return { '0', '0' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local number = math.max(tonumber(redis.call('HGET', KEYS[1], 'last') or '0') + 1, now)
local text = string.format('%.0f', number)
redis.call('HSET', KEYS[1], 'last', text)
redis.call('ZADD', KEYS[2], text, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - ARGV[3]), 'LIMIT', 0, 1000)
local over = redis.call('ZCARD', KEYS[2]) - #gone - ARGV[4]
if over > 0 then gone = redis.call('ZRANGE', KEYS[2], 0, #gone + over - 1) end
if #gone > 0 then
  redis.call('HSET', KEYS[1], 'gone', redis.call('ZSCORE', KEYS[2], gone[#gone]))
  for _, key in ipairs(gone) do
    redis.call('ZREM', KEYS[2], key)
    redis.call('HDEL', KEYS[3], key)
  end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
local heard = redis.call('PUBLISH', ARGV[5], text .. ' ' .. #ARGV[1] .. ' ' .. ARGV[1] .. ARGV[2])
return { text, tostring(heard) }
`);

/** KEYS: the same. ARGV: the number to go on from, most entries. Returns the time, `last`, `gone`, then number, key and text of each. */
const SINCE = defineScript(`
local time = redis.call('TIME')
local found = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }
found[2] = redis.call('HGET', KEYS[1], 'last') or '0'
found[3] = redis.call('HGET', KEYS[1], 'gone') or '0'
local keys = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for at = 1, #keys, 2 do
  found[#found + 1] = keys[at + 1]
  found[#found + 1] = keys[at]
  found[#found + 1] = redis.call('HGET', KEYS[3], keys[at]) or ''
end
return found
`);

export class RedisLog implements SharedLog {
  readonly name: string;
  readonly #limits: LogLimits;
  readonly #open: () => Promise<ScriptStore>;
  readonly #keys: readonly string[];

  constructor(name: string, limits: LogLimits, open: () => Promise<ScriptStore>) {
    this.name = name;
    this.#limits = limits;
    this.#open = open;
    this.#keys = ['', ':numbers', ':texts'].map((part) => `frontdesk:{log:${name}}${part}`);
  }

  write(key: string, text: string): Promise<LogWritten> {
    return this.#write(key, text, false);
  }

  async writeFirst(key: string, text: string): Promise<void> {
    await this.#write(key, text, true);
  }

  async since(position: number): Promise<LogPage> {
    const store = await this.#open();
    const reply = await store.run(SINCE, this.#keys, [position, PAGE_ENTRIES]);
    const [nowMs, last, gone, ...rest] = Array.isArray(reply) ? reply.map(String) : [];
    const entries: LogEntry[] = [];
    for (let i = 0; i + 2 < rest.length; i += 3)
      entries.push({ number: Number(rest[i]), key: rest[i + 1] ?? '', text: rest[i + 2] ?? '' });
    const complete = Number(gone) <= position && Number(last) >= position;
    const isLast = entries.length < PAGE_ENTRIES;
    return { entries, complete, isLast, last: Number(last), nowMs: Number(nowMs) };
  }

  async #write(key: string, text: string, onlyFirst: boolean): Promise<LogWritten> {
    const { keepMs, maxEntries } = this.#limits;
    const store = await this.#open();
    const channel = `frontdesk:${channelOf(this.name)}`;
    const args = [key, text, keepMs, maxEntries, channel, onlyFirst ? 1 : 0];
    const reply = await store.run(WRITE, this.#keys, args);
    const [number, heard] = Array.isArray(reply) ? reply : [];
    // A node of a cluster counts its own clients alone.
    return { number: Number(number), heard: store.sharded ? undefined : Number(heard) };
  }
}
