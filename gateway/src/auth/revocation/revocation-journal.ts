/**
 * Revocations in Redis, where processes that were not there find them: `{revocations}:until` holds each with the time at
 * which it ends, `{revocations}:written` with the time at which it was written by Redis' own clock, `{revocations}:before`
 * the instants of those that mean only tokens issued before one. All are of one hash slot. What has ended is taken out as
 * others are written, a hundred at a time, so the journal is as large as what is revoked now.
 */
import { defineScript, type ScriptStore } from '../../state/store.ts';
import { isKind, type Mark, type Revocation, type RevocationKind } from './revocation-marks.ts';

const KEYS = ['{revocations}:until', '{revocations}:written', '{revocations}:before'];
const PAGE = 1000;
/** A page holds this many more where they were all written within one millisecond. */
const MAX_PAGE = 64_000;

const WRITE = defineScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
for _, member in ipairs(ended) do
  redis.call('ZREM', KEYS[1], member)
  redis.call('ZREM', KEYS[2], member)
  redis.call('HDEL', KEYS[3], member)
end
local member = ARGV[1]
local known = redis.call('ZSCORE', KEYS[1], member)
local before = redis.call('HGET', KEYS[3], member)
if known and tonumber(known) <= now then known = false end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[3], member)
elseif not known or (before and tonumber(before) < tonumber(ARGV[3])) then
  redis.call('HSET', KEYS[3], member, ARGV[3])
end
if not known or tonumber(known) < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], member) end
redis.call('ZADD', KEYS[2], now, member)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('PEXPIREAT', key, math.ceil(last[2])) end
end
return 1`);

const SINCE = defineScript(`
local found = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local answer = {}
for i = 1, #found, 2 do
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = redis.call('ZSCORE', KEYS[1], found[i]) or '0'
  answer[#answer + 1] = redis.call('HGET', KEYS[3], found[i]) or ''
  answer[#answer + 1] = found[i + 1]
end
return answer`);

const LOOK_UP = defineScript(`
local answer = {}
for i, member in ipairs(ARGV) do
  answer[#answer + 1] = redis.call('ZSCORE', KEYS[1], member) or ''
  answer[#answer + 1] = redis.call('HGET', KEYS[3], member) or ''
end
return answer`);

export interface Page {
  readonly revocations: readonly Revocation[];
  /** Where the next page begins, by Redis' clock in ms; the last of this one may come again. */
  readonly next: number;
  readonly isLast: boolean;
}

/** Where revocations are kept for processes that were not there. All reject when that is gone. */
export interface Journal {
  /** Until whichever is later: its own end, or that of the same one before. */
  write(revocation: Revocation): Promise<void>;
  /** What was written at `since` or later, by the keeper's clock, oldest first. */
  since(since: number): Promise<Page>;
  /** The marks of these names, in their order. */
  lookUp(names: readonly (readonly [RevocationKind, string])[]): Promise<(Mark | undefined)[]>;
}

export class RevocationJournal implements Journal {
  readonly #store: ScriptStore;

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  /** Until whichever is later: its own end, or that of the same one before. Rejects when the store is gone. */
  async write({ kind, id, until, before }: Revocation): Promise<void> {
    await this.#store.run(WRITE, KEYS, [memberOf(kind, id), until, before ?? '']);
  }

  /** What was written at `since` or later, by Redis' clock, oldest first. */
  async since(since: number): Promise<Page> {
    for (let size = PAGE; ; size *= 2) {
      const texts = textsOf(await this.#store.run(SINCE, KEYS, [since, size]));
      const revocations: Revocation[] = [];
      let next = since;
      for (let i = 0; i + 3 < texts.length; i += 4) {
        const name = nameOf(texts[i] ?? '');
        const mark = markOf(texts[i + 1] ?? '', texts[i + 2] ?? '');
        if (name && mark) revocations.push({ ...name, ...mark });
        next = Number(texts[i + 3]);
      }
      const isLast = texts.length / 4 < size;
      if (isLast || next > since || size >= MAX_PAGE) return { revocations, next, isLast };
    }
  }

  /** The marks of these names, in their order. */
  async lookUp(names: readonly (readonly [RevocationKind, string])[]): Promise<(Mark | undefined)[]> {
    const members = names.map(([kind, id]) => memberOf(kind, id));
    const texts = textsOf(await this.#store.run(LOOK_UP, KEYS, members));
    return names.map((_, i) => markOf(texts[2 * i] ?? '', texts[2 * i + 1] ?? ''));
  }
}

function memberOf(kind: RevocationKind, id: string): string {
  return `${kind}:${id}`;
}

function nameOf(member: string): { kind: RevocationKind; id: string } | undefined {
  const colon = member.indexOf(':');
  const kind = member.slice(0, colon);
  return isKind(kind) ? { kind, id: member.slice(colon + 1) } : undefined;
}

function markOf(until: string, before: string): Mark | undefined {
  const end = Number(until);
  return end > 0 ? { until: end, before: before === '' ? undefined : Number(before) } : undefined;
}

function textsOf(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
