import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Outcome } from '../../core/settlement.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { urlRedactor } from '../redaction.ts';
import { tracesConfig } from './config.ts';
import { requestAttributes } from './request-attributes.ts';
import { recordOn } from './testing/span.ts';

function attributesOf(
  more: Partial<Exchange>,
  record = {},
  status = 200,
  outcome: Outcome = { kind: 'complete', bytes: 2 },
) {
  const clock = new ManualClock();
  const exchange = exchangeOn(clock, more);
  const recorder = recordOn(exchange.timeline, clock);
  const options = { record: tracesConfig.parse({ record }).record, redact: urlRedactor() };
  return requestAttributes({ exchange, recorder, status, outcome, durationMs: 1 }, options);
}

test('whoever asks is told by consumer and plan, never by name or address', () => {
  const identity = makeIdentity({ subject: 'ada@example.com', consumer: 'acme', plan: 'partner' });
  const attributes = attributesOf({ identity });
  assert.deepEqual([attributes['frontdesk.consumer'], attributes['frontdesk.plan']], ['acme', 'partner']);
  assert.equal(JSON.stringify(attributes).includes('ada'), false);
  assert.equal('client.address' in attributes, false);
});

test('headers are recorded that are named, all their values, and no others', () => {
  const headers = new HeaderFields(['x-a', '1', 'x-b', '2', 'x-a', '3', 'user-agent', 'u']);
  const attributes = attributesOf({ headers }, { requestHeaders: ['X-A'], userAgent: false });
  assert.deepEqual(attributes['http.request.header.x-a'], ['1', '3']);
  assert.equal('http.request.header.x-b' in attributes, false);
  assert.equal('user_agent.original' in attributes, false);
});

test('what went wrong is told by its code, or else by the status', () => {
  assert.equal(
    attributesOf({ error: new FrontdeskError('circuit_open') }, {}, 503)['error.type'],
    'circuit_open',
  );
  assert.equal(attributesOf({}, {}, 502)['error.type'], '502');
  assert.equal(attributesOf({}, {}, 404)['error.type'], undefined);
  const broken = { kind: 'failed', bytes: 0, error: new FrontdeskError('upstream_reset') } as const;
  assert.equal(attributesOf({}, {}, 200, broken)['error.type'], 'upstream_reset');
});
