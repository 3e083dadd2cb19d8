import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Meter } from '../../core/meter.ts';
import { Settlement } from '../../core/settlement.ts';
import { UpstreamCall } from '../call.ts';
import { context, request } from '../testing/harness.ts';
import { observation, upstreamMetrics } from './observation.ts';

function rig() {
  const seen: string[] = [];
  const instrument =
    ({ name }: { name: string }) =>
    (value: number, ...labels: string[]) => {
      seen.push([name.replace('frontdesk_upstream_', ''), value, ...labels].join(' '));
    };
  const meter: Meter = { counter: instrument, gauge: instrument, histogram: instrument };
  const clock = new ManualClock();
  const caller = context({ clock });
  const call = new UpstreamCall(request({ context: caller, label: 'part' }));
  return {
    seen,
    clock,
    caller,
    call,
    policy: observation(upstreamMetrics(meter, ({ traceId }) => traceId.slice(0, 4))),
  };
}

test('a reply is written down at its head and at its end', async () => {
  const { seen, clock, caller, call, policy } = rig();
  const settlement = new Settlement();
  clock.advance(5);
  const reply = await policy(call, () => {
    clock.advance(20);
    return Promise.resolve({
      status: 200,
      headers: new HeaderFields(),
      body: emptyBody,
      settled: settlement.settled,
    });
  });
  const [span] = caller.timeline.spans;
  assert.equal(span, call.span);
  assert.deepEqual([span?.startMs, span?.headMs, span?.endMs, span?.label], [5, 25, undefined, 'part']);
  assert.deepEqual(seen, []);
  clock.advance(75);
  settlement.settle({ kind: 'complete', bytes: 9 });
  await reply.settled;
  assert.deepEqual([span?.endMs, span?.outcome, span?.bytes], [100, 'ok', 9]);
  assert.deepEqual(seen, ['requests_total 1 users ok', 'request_duration_seconds 0.095 users aaaa']);
});

test('outcomes are words of a closed set', async () => {
  const broken = new FrontdeskError('upstream_reset');
  for (const [status, outcome, word] of [
    [200, { kind: 'complete', bytes: 0 }, 'ok'],
    [404, { kind: 'complete', bytes: 0 }, 'ok'],
    [503, { kind: 'complete', bytes: 0 }, 'status'],
    [503, { kind: 'aborted', bytes: 0 }, 'status'],
    [200, { kind: 'aborted', bytes: 0 }, 'aborted'],
    [200, { kind: 'failed', bytes: 0, error: broken }, 'upstream_reset'],
  ] as const) {
    const { seen, call, policy } = rig();
    const settlement = new Settlement();
    const answer = { status, headers: new HeaderFields(), body: emptyBody, settled: settlement.settled };
    const reply = await policy(call, () => Promise.resolve(answer));
    settlement.settle(outcome);
    await reply.settled;
    assert.equal(seen[0], `requests_total 1 users ${word}`);
  }
});

test('an attempt without an answer is written down with its error’s code', async () => {
  for (const [error, word] of [
    [new FrontdeskError('circuit_open'), 'circuit_open'],
    [new FrontdeskError('client_closed'), 'aborted'],
    [new Error('what?'), 'internal'],
  ] as const) {
    const { seen, caller, call, policy } = rig();
    await assert.rejects(policy(call, () => Promise.reject(error)));
    assert.equal(caller.timeline.spans[0]?.outcome, word);
    assert.equal(seen[0], `requests_total 1 users ${word}`);
  }
});
