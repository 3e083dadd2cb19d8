import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { LogFollower } from './log-follower.ts';
import { LogTable } from './log-table.ts';
import { MemoryChannels } from './memory-channels.ts';
import { channelOf, entryMessage, type SharedLog } from './shared-log.ts';
import { type ChannelListener, storeGone } from './store.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new ManualClock();
  clock.advance(1000);
  let table = new LogTable({ keepMs: 10_000, maxEntries: 4, pageEntries: 2 }, clock);
  let fails = false;
  let listener: ChannelListener | undefined;
  const channels = {
    publish: async () => {},
    subscribe: (_: string, one: ChannelListener) => {
      listener = one;
      return () => {
        listener = undefined;
      };
    },
  };
  const log: SharedLog = {
    name: 'x',
    write: async () => ({ number: 0, heard: 0 }),
    writeFirst: async () => {},
    since: async (number) => {
      if (fails) throw storeGone('gone');
      return table.since(number);
    },
  };
  const told: string[] = [];
  const steps: string[] = [];
  const follower = new LogFollower({
    log,
    channels,
    clock,
    listener: {
      entry: ({ key, text }, ageMs) => void told.push(`${key}${text}+${ageMs}`),
      lost: () => void told.push('lost'),
      gap: () => void steps.push('gap'),
      caughtUp: () => void steps.push('caught up'),
    },
  });
  return {
    clock,
    follower,
    told,
    steps,
    write: (key: string, text: string, isHeard: boolean) => {
      const entry = table.write(key, text);
      if (isHeard) listener?.message(entryMessage(entry));
    },
    resume: () => listener?.resumed(),
    interrupt: () => listener?.interrupted?.(),
    say: (text: string) => listener?.message(text),
    fail: (is: boolean) => {
      fails = is;
    },
    forget: () => {
      table = new LogTable({ keepMs: 10_000, maxEntries: 4, pageEntries: 2 }, clock);
    },
    listening: () => listener !== undefined,
  };
}

test('what was there before, what is told, what was missed in a gap: each once known, with its age', async () => {
  const { clock, write, resume, interrupt, told, follower, say, listening } = setUp();
  for (const key of ['a', 'b', 'c']) write(key, '1', false);
  clock.advance(500);
  resume();
  await follower.known;
  assert.deepEqual(told.splice(0), ['a1+500', 'b1+499', 'c1+498']);
  write('d', '2', true);
  say('nonsense');
  interrupt();
  write('e', '3', false);
  resume();
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(told.splice(0), ['d2+0', 'e3+0']);
  follower.close();
  assert.equal(listening(), false);
});

test('a log that no longer has what was missed, or that was emptied, is a loss, once', async () => {
  const { clock, write, resume, interrupt, told, follower, forget } = setUp();
  write('a', '1', false);
  resume();
  await follower.known;
  interrupt();
  for (const key of ['b', 'c', 'd', 'e', 'f']) write(key, '2', false);
  resume();
  for (let i = 0; i < 9; i += 1) await turn();
  assert.deepEqual(told.splice(0), ['a1+0', 'lost', 'c2+0', 'd2+0', 'e2+0', 'f2+0']);
  interrupt();
  forget();
  resume();
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(told.splice(0), ['lost']);
  clock.advance(50);
  write('g', '3', true);
  interrupt();
  write('h', '3', false);
  resume();
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(told.splice(0), ['g3+0', 'h3+0']);
});

test('what cannot be read is read later, from where it was; what is told meanwhile hides nothing', async () => {
  const { clock, write, resume, interrupt, told, follower, fail } = setUp();
  resume();
  await follower.known;
  interrupt();
  write('a', '1', false);
  fail(true);
  resume();
  await turn();
  write('b', '2', true);
  assert.deepEqual(told.splice(0), ['b2+0']);
  fail(false);
  clock.advance(500);
  for (let i = 0; i < 5; i += 1) await turn();
  assert.equal(told[0], 'a1+500');
});

test('over channels of this process alone', async () => {
  const clock = new ManualClock();
  const channels = new MemoryChannels({ logger: noLogger });
  const table = new LogTable({ keepMs: 1000, maxEntries: 4, pageEntries: 4 }, clock);
  const heard = Promise.withResolvers<string>();
  const since = async (number: number) => table.since(number);
  const log = { name: 'y', since, write: async () => ({ number: 0, heard: 0 }), writeFirst: async () => {} };
  const listener = { entry: ({ text }: { text: string }) => heard.resolve(text), lost() {} };
  const follower = new LogFollower({ log, channels, clock, listener });
  await follower.known;
  await channels.publish(channelOf('y'), entryMessage(table.write('k', 'said')));
  assert.equal(await heard.promise, 'said');
  follower.close();
});

test('who listens is told of a gap, and when all is known again: not before it could be read', async () => {
  const { clock, resume, interrupt, steps, fail } = setUp();
  resume();
  await turn();
  assert.deepEqual(steps, ['caught up']);
  interrupt();
  fail(true);
  resume();
  await turn();
  assert.deepEqual(steps, ['caught up', 'gap']);
  fail(false);
  clock.advance(1_000);
  await turn();
  assert.deepEqual(steps, ['caught up', 'gap', 'caught up']);
});
