import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { ReplyWatch } from './reply-watch.ts';

function setUp() {
  const clock = new ManualClock();
  const turns: (() => void)[] = [];
  let verdicts = 0;
  const watch = new ReplyWatch({
    limitMs: 25,
    clock,
    gone: () => new Error('gone'),
    onGone: () => {
      verdicts += 1;
    },
    afterTurn: (callback) => turns.push(callback),
  });
  const command = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    return { reply: resolve, fail: reject, watched: watch.watch(promise) };
  };
  /** Sockets have been read; now the check runs. */
  const turn = async () => {
    await settle();
    for (const callback of turns.splice(0)) callback();
  };
  return { clock, watch, command, turn, verdicts: () => verdicts };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a reply in time passes through, and an error reply is a reply', async () => {
  const { watch, command, verdicts } = setUp();
  const good = command();
  const bad = command();
  good.reply('OK');
  bad.fail(new Error('OOM'));
  assert.equal(await good.watched, 'OK');
  await assert.rejects(bad.watched, /OOM/);
  assert.equal(watch.waiting, 0);
  assert.equal(verdicts(), 0);
});

test('a command that outlives the limit in silence is gone, but only after one more turn', async () => {
  const { clock, watch, command, turn, verdicts } = setUp();
  const lost = command();
  clock.advance(25);
  assert.equal(verdicts(), 0);
  await turn();
  assert.equal(verdicts(), 1);
  await assert.rejects(lost.watched, /gone/);
  assert.equal(watch.waiting, 0);
});

test('a reply that waited in the socket while the loop was busy counts', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const late = command();
  // The loop was blocked for 300 ms: the timer fires first, the socket is read in the same turn.
  clock.advance(300);
  late.reply('OK');
  await turn();
  assert.equal(await late.watched, 'OK');
  assert.equal(verdicts(), 0);
});

test('a command sent within the turn is not judged by a timer that fired before it', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const first = command();
  clock.advance(25);
  // In the turn after the timer the first reply is read, its receiver sends another and keeps the loop busy.
  first.reply('OK');
  await first.watched;
  const second = command();
  clock.advance(60);
  await turn();
  assert.equal(verdicts(), 0);
  second.reply('OK');
  assert.equal(await second.watched, 'OK');
});

test('while replies flow, a command behind them is in a queue, not lost', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const commands = Array.from({ length: 5 }, command);
  for (const next of commands) {
    clock.advance(20);
    next.reply('OK');
    await turn();
    assert.equal(await next.watched, 'OK');
  }
  assert.equal(verdicts(), 0);
});

test('when the flow stops, the rest is given up a limit later', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const first = command();
  const second = command();
  clock.advance(20);
  first.reply('OK');
  await settle();
  clock.advance(5);
  await turn();
  assert.equal(verdicts(), 0);
  clock.advance(20);
  await turn();
  assert.equal(verdicts(), 1);
  await assert.rejects(second.watched, /gone/);
});

test('past eight times the limit a command is given up although others are answered', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const stuck = command();
  for (let i = 0; i < 20 && verdicts() === 0; i += 1) {
    const other = command();
    clock.advance(20);
    other.reply('OK');
    await turn();
    await other.watched.catch(() => {});
  }
  assert.equal(verdicts(), 1);
  assert.equal(clock.now() >= 200 && clock.now() <= 240, true);
  await assert.rejects(stuck.watched, /gone/);
});

test('a verdict takes all that wait, and what comes later is judged anew', async () => {
  const { clock, command, turn, verdicts } = setUp();
  const old = command();
  clock.advance(20);
  const young = command();
  clock.advance(5);
  await turn();
  await assert.rejects(old.watched, /gone/);
  await assert.rejects(young.watched, /gone/);
  const next = command();
  next.reply('OK');
  assert.equal(await next.watched, 'OK');
  assert.equal(verdicts(), 1);
  assert.equal(clock.pending <= 1, true);
});

test('thousands of answered commands leave nothing behind', async () => {
  const { clock, watch, command, turn } = setUp();
  for (let round = 0; round < 5; round += 1) {
    const commands = Array.from({ length: 3000 }, command);
    for (const each of commands) each.reply('OK');
    await Promise.all(commands.map((each) => each.watched));
    clock.advance(25);
    await turn();
  }
  assert.equal(watch.waiting, 0);
  assert.equal(clock.pending, 0);
});
