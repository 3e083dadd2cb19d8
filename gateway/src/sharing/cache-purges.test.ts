import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KeptParts } from '../bff/screen/kept-parts.ts';
import { LastGood } from '../bff/screen/last-good.ts';
import type { Clock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { LogTable } from '../state/log-table.ts';
import { MemoryChannels } from '../state/memory-channels.ts';
import { channelOf, entryMessage, type SharedLog } from '../state/shared-log.ts';
import type { ChannelListener } from '../state/store.ts';
import { CachePurges } from './cache-purges.ts';

const keyOf = (...names: string[]) => JSON.stringify([...names, null, '*']);
const KEYS = [
  keyOf('mobile', 'home', 'user'),
  keyOf('mobile', 'home', 'users'),
  keyOf('mobile', 'orders', 'user'),
  keyOf('mobile2', 'home', 'user'),
];

function setUp() {
  const clock: Clock = new ManualClock();
  const keptParts = new KeptParts(clock);
  const lastGood = new LastGood(clock);
  const asked: unknown[] = [];
  const purges = new CachePurges({
    keptParts,
    lastGood,
    caches: {
      purge: async (...request) => {
        asked.push(request);
        return { upstreams: ['users'], removed: 1 };
      },
      purged() {},
    },
    logs: undefined,
    channels: new MemoryChannels({ logger: noLogger }),
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  for (const key of KEYS) {
    keptParts.put(key, 1, 1);
    lastGood.put(key, '1');
  }
  const left = () =>
    KEYS.map((key) => `${keptParts.get(key, 1) ? 'k' : '-'}${lastGood.get(key, 1) ? 'g' : '-'}`).join(' ');
  const tagged = (tag: string) => purges.purge({ upstream: undefined, purge: { kind: 'tag', tag } });
  return { purges, tagged, left, asked };
}

it('goes by BFF, screen and part, and takes the last good values along', async () => {
  const { tagged, left, asked } = setUp();
  const told = { upstreams: [], removed: 0, parts: 1, processes: 1 };
  assert.deepEqual(await tagged('bff:mobile/home/user'), told);
  assert.equal(left(), '-- kg kg kg');
  await tagged('bff:mobile/home');
  assert.equal(left(), '-- -- kg kg');
  await tagged('bff:mobile');
  assert.equal(left(), '-- -- -- kg');
  assert.deepEqual(asked, []);
});

it('reaches upstreams by their own tags, and everything by all', async () => {
  const { purges, tagged, left } = setUp();
  assert.deepEqual(await tagged('p1'), { upstreams: ['users'], removed: 1, processes: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const one = await purges.purge({ upstream: 'users', purge: { kind: 'all' } });
  assert.deepEqual(one, { upstreams: ['users'], removed: 1, processes: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const all = await purges.purge({ upstream: undefined, purge: { kind: 'all' } });
  assert.deepEqual(all, { upstreams: ['users'], removed: 1, parts: 4, processes: 1 });
  assert.equal(left(), '-g -g -g -g');
});

/** Two processes over one store that fails over: then it has of its log what its replica had. */
function overOneStore() {
  const clock = new ManualClock();
  clock.advance(60_000);
  const limits = { keepMs: 3_600_000, maxEntries: 100, pageEntries: 10 };
  let table = new LogTable(limits, clock);
  const replica = new LogTable(limits, clock);
  let isCopied = true;
  let isGone = false;
  const listeners = new Set<ChannelListener>();
  const channels = {
    publish: async () => {},
    subscribe: (channel: string, listener: ChannelListener) => {
      if (channel === channelOf('purges')) listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const log: SharedLog = {
    name: 'purges',
    write: async (key, text) => {
      if (isGone) throw new Error('gone');
      const entry = table.write(key, text);
      if (isCopied && table !== replica) replica.write(key, text);
      for (const listener of listeners) listener.message(entryMessage(entry));
      return { number: entry.number, heard: listeners.size };
    },
    writeFirst: async () => {},
    since: async (number) => table.since(number),
  };
  const process = () => {
    const purged: unknown[] = [];
    const purges = new CachePurges({
      keptParts: new KeptParts(clock),
      lastGood: new LastGood(clock),
      caches: {
        purge: async () => ({ upstreams: [], removed: 0 }),
        purged: (_, purge) => void purged.push(purge.kind === 'tag' ? purge.tag : purge.kind),
      },
      logs: { open: () => log, close: async () => {} },
      channels,
      clock,
      logger: noLogger,
      meter: noMeter,
    });
    return {
      purged,
      purge: (tag: string) => purges.purge({ upstream: undefined, purge: { kind: 'tag', tag } }),
    };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    process,
    settle,
    interrupt: (only: readonly ChannelListener[] = [...listeners]) => {
      for (const listener of only) listener.interrupted?.();
    },
    resume: async () => {
      for (const listener of listeners) listener.resumed();
      await settle();
      await settle();
    },
    listeners,
    /** What is written from now on the replica never gets. */
    stopCopies: () => {
      isCopied = false;
    },
    failOver: () => {
      table = replica;
    },
    gone: (is: boolean) => {
      isGone = is;
    },
  };
}

it('tells again, once the store is back, what it was told shortly before a gap: a replica may have lost it', async () => {
  const { clock, process, settle, interrupt, resume, listeners, stopCopies, failOver, gone } = overOneStore();
  const [one, other] = [process(), process()];
  await resume();
  await one.purge('old');
  clock.advance(11_000);
  // The other process does not hear what is told last, and the store that comes back does not know it.
  const [, ofOther] = [...listeners];
  assert.ok(ofOther);
  listeners.delete(ofOther);
  ofOther.interrupted?.();
  stopCopies();
  await one.purge('lost');
  assert.deepEqual(other.purged, ['old']);
  interrupt();
  failOver();
  clock.advance(30_000);
  listeners.add(ofOther);
  gone(true);
  await resume();
  assert.deepEqual(other.purged, ['old'], 'not while nothing can be written');
  interrupt();
  gone(false);
  await resume();
  await settle();
  assert.deepEqual(other.purged, ['old', 'lost']);
  interrupt();
  await resume();
  assert.deepEqual(other.purged, ['old', 'lost', 'lost'], 'and once more, where the next gap comes at once');
  clock.advance(11_000);
  interrupt();
  await resume();
  assert.deepEqual(other.purged, ['old', 'lost', 'lost']);
});
