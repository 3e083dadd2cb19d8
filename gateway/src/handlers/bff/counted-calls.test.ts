import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Instrument } from '../../core/meter.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { countedCalls } from './counted-calls.ts';

test('each call is counted for its BFF with its time and how it ended', async () => {
  const seen: string[] = [];
  const observe: Instrument = (value, ...labels) => void seen.push([value, ...labels].join(' '));
  const meter = { counter: () => observe, gauge: () => observe, histogram: () => observe };
  const clock = new ManualClock();
  let answer: () => Promise<UpstreamReply> = () => Promise.reject(new FrontdeskError('upstream_timeout'));
  const call = countedCalls(
    () => {
      clock.advance(250);
      return answer();
    },
    { bff: 'web', meter, clock },
  );
  const { exchange } = makeExchange();
  const request = {
    upstream: 'users',
    context: exchange,
    method: 'GET',
    path: '/',
    headers: new HeaderFields(),
    body: emptyBody,
    idempotent: true,
    label: 'a',
  };
  await assert.rejects(call(request), { code: 'upstream_timeout' });
  for (const status of [200, 404, 500]) {
    const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
    answer = async () => ({ status, headers: new HeaderFields(), body: emptyBody, settled });
    assert.equal((await call(request)).status, status);
  }
  exchange.cancellation.cancel(new FrontdeskError('client_closed'));
  answer = () => Promise.reject(new FrontdeskError('client_closed'));
  await assert.rejects(call(request));
  assert.deepEqual(seen, [
    '0.25 web users error',
    '0.25 web users ok',
    '0.25 web users refused',
    '0.25 web users error',
    '0.25 web users abandoned',
  ]);
});
