import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { HandWorker } from './hand-worker.fixture.ts';
import { SPARE_NUMBER, Spares } from './spares.ts';

function setUp(count: number, start?: () => HandWorker) {
  const clock = new ManualClock();
  const started: HandWorker[] = [];
  const told: number[] = [];
  const spares = new Spares({
    count,
    backoffMs: 1_000,
    start: () => {
      const child = start?.() ?? new HandWorker(SPARE_NUMBER, 100 + started.length);
      started.push(child);
      return child;
    },
    clock,
    logger: noLogger,
    meter: { ...noMeter, gauge: () => (value: number) => void told.push(value) },
  });
  return { spares, clock, started, told };
}

test('as many as there shall be are started, one after the other, and told of when they have loaded', () => {
  const { spares, started, told } = setUp(2);
  spares.fill();
  spares.fill();
  assert.deepEqual([started.length, told], [1, [0]]);
  started[0]?.says({ kind: 'loaded' });
  assert.deepEqual([started.length, told], [2, [0, 1]]);
  started[1]?.says({ kind: 'loaded' });
  assert.deepEqual([started.length, told], [2, [0, 1, 2]]);
});

test('who asks gets one that has loaded, or one that loads; it is nobody else’s then', () => {
  const { spares, started, told } = setUp(2);
  assert.equal(spares.take(), undefined);
  spares.fill();
  started[0]?.says({ kind: 'loaded' });
  assert.equal(spares.take(), started[0]);
  assert.equal(spares.take(), started[1], 'it still loads, and is ahead of one that has not begun');
  assert.equal(spares.take(), undefined);
  // What it says and how it ends is its taker's matter.
  started[0]?.says({ kind: 'loaded' });
  started[1]?.end('exit code 1');
  assert.deepEqual([started.length, told.at(-1)], [2, 0]);
  spares.fill();
  assert.equal(started.length, 3);
});

test('one that ends unused is replaced later, however often it is asked for', () => {
  const { spares, clock, started, told } = setUp(1);
  spares.fill();
  started[0]?.says({ kind: 'loaded' });
  started[0]?.end('SIGKILL');
  assert.equal(told.at(-1), 0);
  spares.fill();
  clock.advance(999);
  assert.deepEqual([started.length, spares.take()], [1, undefined]);
  clock.advance(1);
  assert.equal(started.length, 2);
});

test('where none can be started it is tried again', () => {
  let tries = 0;
  const { spares, clock, started } = setUp(1, () => {
    tries += 1;
    if (tries < 3) throw new Error('EAGAIN');
    return new HandWorker(SPARE_NUMBER, 7);
  });
  spares.fill();
  clock.advance(1_000);
  assert.deepEqual([tries, started.length], [2, 0]);
  clock.advance(1_000);
  assert.deepEqual([tries, started.length], [3, 1]);
});

test('closed they are gone, and none comes', () => {
  const { spares, clock, started } = setUp(2);
  spares.fill();
  started[0]?.says({ kind: 'loaded' });
  started[0]?.end('SIGKILL');
  spares.close();
  clock.advance(10_000);
  spares.fill();
  assert.deepEqual([started.length, started.map(({ isOver }) => isOver)], [2, [true, true]]);
});

test('none where none is asked for', () => {
  const { spares, started, told } = setUp(0);
  spares.fill();
  assert.deepEqual([started.length, told, spares.take()], [0, [], undefined]);
});
