import assert from 'node:assert/strict';
import { it } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import type { RequestTrace, SettledPart } from '../core/request-trace.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import { RequestTraces } from './request-traces.ts';

function bench() {
  const clock = new ManualClock(1_000_000);
  const taken: RequestTrace[] = [];
  const traces = new RequestTraces({ clock, folder: '/acme', onTrace: (trace) => taken.push(trace) });
  return { clock, taken, traces, exchange: exchangeOn(clock) };
}

function settled(name: string, more: Partial<SettledPart> = {}): SettledPart {
  const known = { startedAt: 5, durationMs: 20, ok: true, partial: false, from: undefined };
  return { name, part: { required: true }, ...known, reason: undefined, stopped: false, ...more };
}

it('tells of a request once its last byte is sent, with its calls and parts', async () => {
  const { clock, taken, traces, exchange } = bench();
  clock.advance(5);
  const handler = traces.around(async ({ timeline }: Exchange) => {
    const trace = traces.begin(timeline, { field: 'home', deadlineMs: 800 }) ?? assert.fail();
    const span = timeline.begin('users', 'user', 1);
    clock.advance(20);
    timeline.end(span, 'ok');
    trace.settled(settled('user'));
    trace.waited('orders', 'user', 5, 25);
    trace.settled(settled('orders', { ok: false, reason: new FrontdeskError('overloaded'), startedAt: 25 }));
    trace.waited('never settled', 'user', 5, 25);
    return makeReply(200, new HeaderFields(), emptyBody);
  });
  const reply = await handler(exchange);
  clock.advance(10);
  assert.equal(taken.length, 0);
  reply.settlement.settle({ kind: 'complete', bytes: 0 });
  const [trace] = taken;
  assert.deepEqual(
    [trace?.at, trace?.status, trace?.headMs, trace?.totalMs, trace?.deadlineMs, trace?.screens],
    [1_000_000, 200, 25, 35, 805, ['home']],
  );
  assert.deepEqual(
    trace?.parts.map(({ name, outcome, failure, startMs, endMs, waits }) => [
      [name, outcome, failure?.code, startMs, endMs],
      waits,
    ]),
    [
      [['user', 'ok', undefined, 5, 25], []],
      [['orders', 'failed', 'overloaded', 25, 45], [{ part: 'user', startMs: 5, endMs: 25 }]],
    ],
  );
  assert.deepEqual(
    trace?.calls.map(({ upstream, startMs, endMs }) => [upstream, startMs, endMs]),
    [['users', 5, 25]],
  );
});

it('tells what a screen made of a part, and where a team threw', async () => {
  const { taken, traces, exchange } = bench();
  const thrown = new Error('oh');
  thrown.stack = 'Error: oh\n    at shape (file:///acme/src/home.ts:12:5)';
  const handler = traces.around(async ({ timeline }: Exchange) => {
    const trace = traces.begin(timeline, { field: 'home', deadlineMs: 1 });
    trace?.settled(settled('kept', { from: 'stale' }));
    trace?.settled(settled('user'));
    trace?.ended('user', 'failed', new FrontdeskError('internal', { cause: thrown }));
    trace?.settled(settled('slow', { ok: false, stopped: true, reason: new Error('stopped') }));
    return makeReply(200, new HeaderFields(), emptyBody);
  });
  (await handler(exchange)).settlement.settle({ kind: 'complete', bytes: 0 });
  assert.deepEqual(
    taken[0]?.parts.map(({ name, outcome, failure }) => [name, outcome, failure]),
    [
      ['kept', 'stale', undefined],
      ['user', 'failed', { code: 'internal', place: 'src/home.ts:12:5' }],
      ['slow', 'stopped', undefined],
    ],
  );
});

it('tells of a request that failed, and of nothing that is no request', async () => {
  const { clock, taken, traces, exchange } = bench();
  const failing = traces.around(async () => {
    throw new FrontdeskError('overloaded');
  });
  await assert.rejects(failing(exchange), { code: 'overloaded' });
  assert.deepEqual([taken[0]?.code, taken[0]?.status], ['overloaded', 503]);
  const screen = { field: 'home', deadlineMs: 1 };
  assert.equal(traces.begin(exchange.timeline, screen), undefined, 'it is over');
  assert.equal(traces.begin(exchangeOn(clock).timeline, screen), undefined);
});
