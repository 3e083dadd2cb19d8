/** More revocations than a process keeps: what it was told not to be revoked must not outlast what it hears. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { MemoryStore } from '../../state/memory.ts';
import { MemoryChannels } from '../../state/memory-channels.ts';
import type { ChannelListener } from '../../state/store.ts';
import { identityWith } from '../testing/identity.ts';
import { RevocationList, revocationConfig } from './revocation.ts';
import { encodeRevocation } from './revocation-marks.ts';

const CHANNEL = 'revocations';
const FAR_MS = 3_600_000;

/** A list that keeps a hundred, over a keeper in the test's hand that has more. */
async function overflowing() {
  const clock = new ManualClock();
  const kept = new Map<string, string>();
  const state = { asked: 0, waits: undefined as Promise<void> | undefined };
  const encoded = (id: string, inMs: number): string =>
    encodeRevocation({ kind: 'jti', id, until: clock.wall() + inMs, before: undefined });
  for (let i = 0; i < 200; i += 1) kept.set(`jti:first-${i}`, encoded(`first-${i}`, FAR_MS));
  const store = Object.assign(new MemoryStore({ clock }), {
    callPrimary: async (operation: string, argument: unknown) => {
      if (operation === 'revocations.since') return [0, [...kept.values()]];
      state.asked += 1;
      const answer = Array.isArray(argument) ? argument.map((name) => kept.get(String(name)) ?? null) : [];
      await state.waits;
      return answer;
    },
  });
  const channels = new MemoryChannels({ logger: noLogger });
  const config = revocationConfig.parse({ maxKept: 100 });
  const list = new RevocationList({ config, store, channels, clock, logger: noLogger });
  list.follow();
  while (list.list(0, 0).known < 100) await turn();
  for (let i = 0; i < 8; i += 1) await turn();
  assert.equal(list.list(0, 0).whole, false);
  /** Revokes at another process. */
  const tell = async (id: string, inMs: number): Promise<void> => {
    kept.set(`jti:${id}`, encoded(id, inMs));
    await channels.publish(CHANNEL, encoded(id, inMs));
  };
  /** So many that what ends soonest is driven out. */
  const driveOut = async (): Promise<void> => {
    for (let i = 0; i < 300; i += 1) await tell(`later-${i}`, FAR_MS);
  };
  return { list, state, tell, driveOut };
}

const token = identityWith({ claims: { jti: 'x', iat: 1 } });

test('who was told not to be revoked, then was, is asked about once the mark was driven out', async () => {
  const { list, state, tell, driveOut } = await overflowing();
  assert.equal(await list.isRevoked(token), false);
  assert.equal(list.isRevoked(token), false);
  assert.equal(state.asked, 1, 'remembered while messages come');
  await tell('x', 60_000);
  assert.equal(list.isRevoked(token), true);
  await driveOut();
  assert.equal(await list.isRevoked(token), true);
  assert.equal(state.asked, 2);
});

test('an answer that crossed the message is not remembered', async () => {
  const { list, state, tell, driveOut } = await overflowing();
  const answer = Promise.withResolvers<void>();
  state.waits = answer.promise;
  const asked = list.isRevoked(token);
  await tell('x', 60_000);
  await driveOut();
  state.waits = undefined;
  answer.resolve();
  await asked;
  assert.equal(await list.isRevoked(token), true);
  assert.equal(state.asked, 2);
});

test('a gap while all is read: what was written in it is read too, before a no is final', async () => {
  const clock = new ManualClock();
  const written: string[] = [];
  const state = { waits: undefined as Promise<void> | undefined, reads: 0 };
  const store = Object.assign(new MemoryStore({ clock }), {
    callPrimary: async (operation: string) => {
      assert.equal(operation, 'revocations.since');
      state.reads += 1;
      const answer = [0, [...written]];
      await state.waits;
      return answer;
    },
  });
  let listener: ChannelListener | undefined;
  const channels = {
    publish: async () => {},
    subscribe: (_channel: string, given: ChannelListener) => {
      listener = given;
      return () => {};
    },
  };
  const list = new RevocationList({
    config: revocationConfig.parse(undefined),
    store,
    channels,
    clock,
    logger: noLogger,
  });
  list.follow();
  const read = Promise.withResolvers<void>();
  state.waits = read.promise;
  listener?.resumed();
  await turn();
  clock.advance(1);
  listener?.interrupted?.();
  const until = clock.wall() + FAR_MS;
  written.push(encodeRevocation({ kind: 'jti', id: 'x', until, before: undefined }));
  clock.advance(1);
  listener?.resumed();
  state.waits = undefined;
  read.resolve();
  for (let i = 0; i < 8; i += 1) await turn();
  assert.deepEqual([state.reads, list.list(0, 0).whole], [2, true]);
  assert.equal(list.isRevoked(token), true);
});

test('what is no revocation is heard by nobody, and harms nobody', async () => {
  const clock = new ManualClock();
  const channels = new MemoryChannels({ logger: noLogger });
  const store = new MemoryStore({ clock });
  const list = new RevocationList({
    config: revocationConfig.parse(undefined),
    store,
    channels,
    clock,
    logger: noLogger,
  });
  list.follow();
  const until = clock.wall() + FAR_MS;
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '{"kind":"jti"}',
    '["jti"]',
    '["jti",1,2,null]',
    '["__proto__","x",1e99,null]',
  ];
  for (const text of [
    ...garbage,
    `["jti","x","${until}",null]`,
    `["jti","x",${until},"now"]`,
    '['.repeat(50_000),
  ])
    await channels.publish(CHANNEL, text);
  assert.deepEqual([list.list(0, 10).known, list.isRevoked(token)], [0, false]);
  await channels.publish(CHANNEL, `["jti","__proto__",${until},null]`);
  assert.equal(list.isRevoked(identityWith({ claims: JSON.parse('{"jti":"__proto__"}') })), true);
});
