import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { tracesConfig } from './config.ts';
import type { IncomingParent } from './request-recorder.ts';
import { spanTree } from './span-tree.ts';
import { recordOn, TRACE_ID } from './testing/span.ts';

const OWN = '00000000000000aa';

function setUp(more: Partial<Exchange> = {}, parent?: IncomingParent) {
  const clock = new ManualClock();
  const exchange = exchangeOn(clock, {
    trace: { traceId: TRACE_ID, spanId: OWN, sampled: true, state: undefined },
    ...more,
  });
  const recorder = recordOn(exchange.timeline, clock, { parent });
  const tree = (status = 200) =>
    spanTree(
      {
        exchange,
        recorder,
        status,
        outcome: { kind: 'complete', bytes: 5 },
        durationMs: exchange.timeline.elapsedMs(),
      },
      { record: tracesConfig.parse({}).record, redact: (target) => target },
    );
  return { clock, exchange, recorder, tree };
}

test('a step is told from its mark to the next; a quick draw from a limit is not', () => {
  const { clock, recorder, tree } = setUp();
  recorder.step('authenticate');
  clock.advance(2);
  recorder.step('consumerLimit');
  clock.advance(0.125);
  recorder.step('');
  clock.advance(10);
  const [request, ...steps] = tree();
  assert.deepEqual(
    steps.map(({ name, parentId, startMs, endMs }) => [name, parentId, endMs - startMs]),
    [['authenticate', OWN, 2]],
  );
  assert.equal((request?.endMs ?? 0) - (request?.startMs ?? 0), 12.125);
});

test('a limit that waited for its store is told, and the step that refused is the one that failed', () => {
  const { clock, recorder, exchange, tree } = setUp();
  recorder.step('consumerLimit');
  clock.advance(5);
  recorder.step('validate');
  clock.advance(1);
  exchange.error = new FrontdeskError('invalid_request');
  const steps = tree(400).slice(1);
  assert.deepEqual(
    steps.map(({ name, attributes, isError }) => [name, attributes['error.type'], isError]),
    [
      ['consumerLimit', undefined, false],
      ['validate', 'invalid_request', false],
    ],
  );
});

test('attempts hang below what caused them: a part by its span, else by its label, else the request', () => {
  const { clock, recorder, exchange, tree } = setUp();
  const trace = recorder.screen('home');
  const { timeline } = exchange;
  const direct = timeline.begin('orders', 'orders', 1);
  direct.parentId = '00000000000000b1';
  const cached = timeline.begin('orders', 'orders', 1);
  timeline.end(cached, 'cached');
  const lost = timeline.begin('users', 'else', 1);
  lost.parentId = '00000000000000ff';
  clock.advance(3);
  timeline.end(direct, 'ok');
  timeline.end(lost, 'circuit_open');
  trace.settled({
    name: 'orders',
    part: { required: false },
    startedAt: 0,
    durationMs: 3,
    ok: true,
    partial: false,
    from: undefined,
    reason: undefined,
    stopped: false,
    context: { trace: { spanId: '00000000000000b1' } },
  });
  trace.waited('orders', 'user', 0, 1);
  const spans = tree();
  const part = spans.find(({ name }) => name === 'part orders');
  assert.deepEqual([part?.parentId, part?.spanId], [OWN, '00000000000000b1']);
  assert.deepEqual(part?.events[0]?.attributes, { 'frontdesk.part': 'user', 'frontdesk.wait_ms': 1 });
  const calls = spans.filter(({ attributes }) => attributes['frontdesk.upstream'] !== undefined);
  assert.deepEqual(
    calls.map(({ parentId, kind, attributes, isError }) => [
      parentId,
      kind,
      attributes['frontdesk.answered_by'],
      isError,
    ]),
    [
      ['00000000000000b1', 'client', undefined, false],
      ['00000000000000b1', 'internal', 'cached', false],
      [OWN, 'client', undefined, true],
    ],
  );
  assert.equal(calls[2]?.events[0]?.name, 'frontdesk.refused');
});

test('the caller’s trace goes on, or is named by a link where ours is another', () => {
  const parent = { traceId: TRACE_ID, parentId: '00000000000000cc', sampled: true };
  const [continued] = setUp({}, parent).tree();
  assert.deepEqual(
    [continued?.parentId, continued?.isParentRemote, continued?.links],
    [parent.parentId, true, []],
  );
  const [begun] = setUp({}, { ...parent, traceId: 'f'.repeat(32) }).tree();
  assert.equal(begun?.parentId, undefined);
  assert.deepEqual(begun?.links, [{ traceId: 'f'.repeat(32), spanId: '00000000000000cc' }]);
});

test('what a client made up is cut, and a method that nobody knows is another', () => {
  const route = {
    template: '/a/*',
    kind: 'proxy',
    params: {},
    chain: () => Promise.reject(new Error('never')),
  };
  const { tree } = setUp({ method: 'BREW', target: `/a/${'x'.repeat(1_000)}`, host: '[::1]:8080', route });
  const [request] = tree();
  assert.equal(request?.name, '_OTHER /a/*');
  assert.equal(request?.attributes['http.request.method_original'], 'BREW');
  assert.equal(String(request?.attributes['url.path']).length, 257);
  assert.deepEqual(
    [request?.attributes['server.address'], request?.attributes['server.port']],
    ['::1', 8080],
  );
});

test('a query is told where it is asked for, but never of a path that takes GraphQL', () => {
  const record = tracesConfig.parse({ record: { query: true } }).record;
  const queryOf = (kind: string) => {
    const route = { template: '/a', kind, params: {}, chain: () => Promise.reject(new Error('never')) };
    const { exchange, recorder } = setUp({ target: '/a?query={me}', route });
    const outcome = { kind: 'complete', bytes: 0 } as const;
    const request = { exchange, recorder, status: 200, outcome, durationMs: 1 };
    return spanTree(request, { record, redact: (target) => target })[0]?.attributes['url.query'];
  };
  assert.equal(queryOf('proxy'), 'query={me}');
  assert.equal(queryOf('graph'), undefined);
  assert.equal(queryOf('bff'), undefined);
});
