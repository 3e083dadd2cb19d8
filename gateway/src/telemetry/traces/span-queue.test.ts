import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { counting } from '../../core/testing/counting-meter.ts';
import { type ExportResult, SpanQueue } from './span-queue.ts';
import { makeSpan } from './testing/span.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(more: Partial<{ spans: number; batch: number; interval: number }> = {}) {
  const clock = new ManualClock();
  const { meter, series } = counting();
  const total = (name: string, label = '') => series.get(`${name}{${label}}`) ?? 0;
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const batches: string[][] = [];
  const state = { answer: (): Promise<ExportResult> => Promise.resolve({ kind: 'taken', rejected: 0 }) };
  const queue = new SpanQueue({
    config: { spans: 10, batch: 3, interval: 100, ...more },
    clock,
    meter,
    random: () => 1,
    logger: { debug: log, info: log, warn: log, error: log },
    send: (spans) => {
      batches.push(spans.map(({ name }) => name));
      return state.answer();
    },
  });
  const add = (...names: string[]) => queue.add(names.map((name) => makeSpan({ name })));
  const dropped = (reason: string) => total('frontdesk_trace_spans_dropped_total', reason);
  return { clock, queue, add, batches, state, dropped, logged, total };
}

test('a batch goes when it is full, and what is left when its time has come', async () => {
  const { clock, add, batches } = setUp();
  add('a', 'b');
  await turn();
  assert.deepEqual(batches, []);
  add('c', 'd');
  await turn();
  assert.deepEqual(batches, [['a', 'b', 'c']]);
  clock.advance(100);
  await turn();
  assert.deepEqual(batches, [['a', 'b', 'c'], ['d']]);
});

test('what does not fit is dropped and counted, and nobody waits', async () => {
  const { add, dropped, state } = setUp({ spans: 4, batch: 2 });
  state.answer = () => new Promise(() => {});
  add('a', 'b');
  add('c', 'd', 'e');
  add('f', 'g', 'h');
  assert.equal(dropped('queue_full'), 2);
});

test('a collector that is ill is tried again with the same batch, ever less often; then the batch is dropped', async () => {
  const { clock, add, batches, state, dropped, logged } = setUp({ batch: 1 });
  state.answer = async () => ({ kind: 'later', reason: 'ECONNREFUSED', afterMs: undefined });
  add('a');
  await turn();
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
    clock.advance(waitMs - 1);
    await turn();
    const before = batches.length;
    clock.advance(1);
    await turn();
    assert.equal(batches.length, before + 1);
  }
  assert.deepEqual(batches, [['a'], ['a'], ['a'], ['a'], ['a']]);
  assert.equal(dropped('export'), 1);
  // An outage is one line.
  assert.deepEqual(logged, [
    'traces cannot be exported: the collector is tried again {"reason":"ECONNREFUSED"}',
  ]);
  state.answer = async () => ({ kind: 'taken', rejected: 0 });
  add('b');
  await turn();
  clock.advance(100);
  await turn();
  assert.equal(logged.at(-1), 'traces are exported again {"failures":5,"dropped":1}');
});

test('a collector that says when is asked then, within a minute', async () => {
  const { clock, add, batches, state } = setUp({ batch: 1 });
  state.answer = async () => ({ kind: 'later', reason: 'busy', afterMs: 600_000 });
  add('a');
  await turn();
  clock.advance(59_999);
  await turn();
  assert.equal(batches.length, 1);
  clock.advance(1);
  await turn();
  assert.equal(batches.length, 2);
});

test('what it refuses for good is dropped at once; what it refuses of a batch is counted', async () => {
  const { add, state, dropped, total, clock } = setUp({ batch: 2 });
  state.answer = async () => ({ kind: 'refused', reason: 'status 400' });
  add('a', 'b');
  await turn();
  assert.equal(dropped('export'), 2);
  state.answer = async () => ({ kind: 'taken', rejected: 1 });
  add('c', 'd');
  await turn();
  clock.advance(100);
  await turn();
  assert.deepEqual([dropped('rejected'), total('frontdesk_trace_spans_exported_total')], [1, 1]);
  // Whatever a collector says: counters never go back.
  state.answer = async () => ({ kind: 'taken', rejected: Number.POSITIVE_INFINITY });
  add('e', 'f');
  await turn();
  assert.deepEqual([dropped('rejected'), total('frontdesk_trace_spans_exported_total')], [3, 1]);
});

test('at the end what waits is sent once more; what takes too long is dropped and counted', async () => {
  const quick = setUp();
  quick.add('a');
  await quick.queue.close(1_000);
  assert.deepEqual(quick.batches, [['a']]);
  quick.add('late');
  assert.equal(quick.dropped('closing'), 1);

  const slow = setUp({ batch: 1 });
  slow.state.answer = () => new Promise(() => {});
  slow.add('a');
  slow.add('b', 'c');
  const closed = slow.queue.close(1_000);
  slow.clock.advance(1_000);
  await closed;
  assert.equal(slow.dropped('closing'), 2);
});
