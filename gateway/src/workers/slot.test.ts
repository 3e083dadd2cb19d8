import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { processMetrics } from '../processes/metrics.ts';
import { supervision, workerSettings } from './config.ts';
import { HandWorker, version } from './hand-worker.fixture.ts';
import { Slot } from './slot.ts';
import type { WorkerProcess } from './worker-process.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};

function setUp() {
  const clock = new ManualClock();
  const workers: HandWorker[] = [];
  const ready: WorkerProcess[] = [];
  const lost: Socket[] = [];
  const slot = new Slot({
    number: 3,
    start: (number) => {
      const worker = new HandWorker(number, 100 + workers.length);
      workers.push(worker);
      return worker;
    },
    config: supervision(workerSettings(1), 1_000),
    order: (generation) => ({
      ...version(1),
      worker: 3,
      workers: 3,
      place: { host: 'h', port: 1 },
      adminSocket: `/run/3-${generation}.sock`,
    }),
    onReady: (worker) => void ready.push(worker),
    onRoom: () => {},
    onLost: (sockets) => void lost.push(...sockets),
    clock,
    logger: noLogger,
    metrics: processMetrics(noMeter),
  });
  const newest = (): HandWorker => {
    const worker = workers.at(-1);
    assert.ok(worker);
    return worker;
  };
  return { clock, slot, workers, ready, newest };
}

test('one that ends is started again, each time later while it does not live', async () => {
  const { clock, slot, workers, newest } = setUp();
  const begun = slot.begin();
  newest().end('exit code 1');
  await assert.rejects(begun, /exit code 1/);
  for (const waitMs of [100, 200, 400]) {
    const before = workers.length;
    clock.advance(waitMs - 1);
    await settled();
    assert.equal(workers.length, before);
    clock.advance(1);
    await settled();
    assert.equal(workers.length, before + 1);
    newest().end('exit code 1');
    await settled();
  }
  clock.advance(800);
  newest().ready();
  await settled();
  clock.advance(5_000);
  // It has lived: the next one does not wait for what others did.
  newest().end('SIGSEGV');
  await settled();
  const before = workers.length;
  clock.advance(100);
  await settled();
  assert.equal(workers.length, before + 1);
});

test('a successor is told its own place, takes over when it is ready, and the old one is told to go', async () => {
  const { slot, workers, ready } = setUp();
  const begun = slot.begin();
  workers[0]?.ready();
  await begun;
  const [first] = ready;
  assert.ok(first);
  first.isOpen = true;
  const restarted = slot.restart();
  await settled();
  assert.match(JSON.stringify(workers[1]?.sent[0]), /3-2\.sock/);
  assert.deepEqual([slot.current, first.isOpen], [first, true]);
  workers[1]?.ready();
  await settled();
  assert.deepEqual([ready.length, first.isOpen, slot.current === ready[1]], [2, false, true]);
  assert.equal([...slot.processes].length, 2);
  workers[0]?.end('exit code 0');
  await restarted;
  assert.equal([...slot.processes].length, 1);
});

test('where a successor does not start the old one goes on', async () => {
  const { slot, workers } = setUp();
  const begun = slot.begin();
  workers[0]?.ready();
  await begun;
  const restarted = slot.restart();
  await settled();
  workers[1]?.end('exit code 1');
  await assert.rejects(restarted, /before it was ready: exit code 1/);
  assert.deepEqual([slot.current?.pid, workers[0]?.isOver], [100, false]);
});

test('one that somebody else told to go is replaced first', async () => {
  const { slot, workers } = setUp();
  const begun = slot.begin();
  workers[0]?.ready();
  await begun;
  workers[0]?.says({ kind: 'leave' });
  await settled();
  assert.equal(workers.length, 2);
  workers[1]?.ready();
  await settled();
  assert.equal(slot.current?.pid, 101);
  assert.match(JSON.stringify(workers[0]?.sent.at(-1)), /"drain"/);
});
