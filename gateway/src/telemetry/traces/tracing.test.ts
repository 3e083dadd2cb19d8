import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Outcome } from '../../core/settlement.ts';
import { counting } from '../../core/testing/counting-meter.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { tracesConfig } from './config.ts';
import { isTaken } from './sampling.ts';
import type { FinishedSpan } from './span.ts';
import { Tracing } from './tracing.ts';

const COMPLETE: Outcome = { kind: 'complete', bytes: 1 };
const LOW = '0'.repeat(32).replace(/^./, '1');
const HIGH = 'f'.repeat(32);

function setUp(config: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const { meter, series } = counting();
  const sent: FinishedSpan[] = [];
  let ids = 0;
  const tracing = new Tracing({
    config: tracesConfig.parse({ queue: { batch: 1, spans: 100_000 }, ...config }),
    clock,
    random: () => 0,
    logger: noLogger,
    meter,
    redact: (target) => target,
    spanId: () => String(++ids).padStart(16, '0'),
    send: async (spans) => {
      sent.push(...spans);
      return { kind: 'taken', rejected: 0 };
    },
  });
  /** One request, as it goes; what became of its trace. */
  const request = (
    traceId: string,
    more: {
      status?: number;
      outcome?: Outcome;
      tookMs?: number;
      errors?: number;
      callerSampled?: boolean;
    } = {},
  ) => {
    const exchange = exchangeOn(clock, {
      trace: { traceId, spanId: '00000000000000aa', sampled: true, state: undefined },
    });
    const { callerSampled } = more;
    const parent =
      callerSampled === undefined
        ? undefined
        : { traceId, parentId: '00000000000000bb', sampled: callerSampled };
    tracing.begin(exchange, parent);
    const told = exchange.trace.sampled;
    clock.advance(more.tookMs ?? 1);
    exchange.timeline.recorder?.answerErrors(more.errors ?? 0);
    tracing.end(exchange, more.status ?? 200, more.outcome ?? COMPLETE, more.tookMs ?? 1);
    return { told, kept: exchange.trace.sampled };
  };
  return { clock, tracing, request, sent, series };
}

test('what backends are told is the share’s decision; what is kept is decided when all is over', () => {
  const { request } = setUp({ sampling: { ratio: 0.5 } });
  assert.deepEqual(request(HIGH), { told: true, kept: true });
  assert.deepEqual(request(LOW), { told: false, kept: false });
  assert.deepEqual(request(LOW, { status: 503 }), { told: false, kept: true });
  assert.deepEqual(request(LOW, { tookMs: 1_001 }), { told: false, kept: true });
  assert.deepEqual(request(LOW, { errors: 1 }), { told: false, kept: true });
  const broken = { kind: 'failed', bytes: 0, error: new FrontdeskError('upstream_reset') } as const;
  assert.deepEqual(request(LOW, { outcome: broken }), { told: false, kept: true });
  // Whoever leaves could make as many as it likes.
  assert.deepEqual(request(LOW, { outcome: { kind: 'aborted', bytes: 0 } }), { told: false, kept: false });
  assert.deepEqual(request(LOW, { status: 404 }), { told: false, kept: false });
});

test('a caller cannot make us keep its traces, unless it is said that it may', () => {
  assert.deepEqual(setUp().request(LOW, { callerSampled: true }), { told: false, kept: false });
  const following = setUp({ sampling: { parent: 'follow' } });
  assert.deepEqual(following.request(LOW, { callerSampled: true }), { told: true, kept: true });
  assert.deepEqual(following.request(HIGH, { callerSampled: false }), { told: false, kept: false });
});

test('for all requests within the bound: kept is what the share takes, what failed and what was slow', () => {
  const asked = fc.record({
    traceId: fc.stringMatching(/^[0-9a-f]{31}[1-9a-f]$/),
    status: fc.constantFrom(200, 404, 500, 504),
    tookMs: fc.constantFrom(1, 999, 1_001),
    errors: fc.constantFrom(0, 2),
  });
  fc.assert(
    fc.property(
      fc.array(asked, { maxLength: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, ratio) => {
        const { request } = setUp({ sampling: { ratio, maxSpansPerSecond: 1_000_000 } });
        for (const { traceId, ...one } of all) {
          const expected =
            isTaken(traceId, ratio) || one.status >= 500 || one.errors > 0 || one.tookMs > 1_000;
          assert.equal(request(traceId, one).kept, expected);
        }
      },
    ),
  );
});

test('a storm of errors is cut to the bound, the rest counted, and none of it called kept', () => {
  const { request, sent, series } = setUp({ sampling: { maxSpansPerSecond: 10 } });
  let kept = 0;
  for (let i = 0; i < 1_000; i += 1) if (request(LOW, { status: 500, tookMs: 0 }).kept) kept += 1;
  assert.equal(kept, 10);
  assert.equal(series.get('frontdesk_trace_spans_dropped_total{rate}'), 990);
  assert.ok(sent.length <= 10);
});

test('errors and slow ones are left to the share where it is said so', () => {
  const { request } = setUp({ sampling: { ratio: 0, errors: false, slowerThan: 'off' } });
  assert.equal(request(LOW, { status: 500, tookMs: 60_000 }).kept, false);
});

test('a stream is slow when its head is', () => {
  const { tracing, clock } = setUp({ sampling: { ratio: 0 } });
  const exchange = exchangeOn(clock);
  const recorder = tracing.begin(exchange, undefined);
  recorder.answered(true);
  clock.advance(3_600_000);
  tracing.end(exchange, 200, COMPLETE, 3_600_000);
  assert.equal(exchange.trace.sampled, false);
});

test('a request that nobody took down is left alone', () => {
  const { tracing, clock, sent } = setUp({ sampling: { ratio: 1 } });
  const exchange = exchangeOn(clock);
  tracing.end(exchange, 500, COMPLETE, 1);
  assert.equal(tracing.screens.begin(exchange.timeline, { field: 'home', deadlineMs: 1 }), undefined);
  assert.deepEqual(sent, []);
});

test('a probe of health has no trace, whatever comes of it', async () => {
  const { tracing, clock, sent } = setUp({ sampling: { ratio: 1 } });
  const route = {
    template: '/readyz',
    kind: 'health',
    params: {},
    chain: () => Promise.reject(new Error('never')),
  };
  const exchange = exchangeOn(clock, { route });
  tracing.begin(exchange, undefined);
  tracing.end(exchange, 503, COMPLETE, 1);
  assert.deepEqual(sent, []);
});
