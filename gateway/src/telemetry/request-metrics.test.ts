import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { createMetrics } from './metrics.ts';
import { requestMetrics } from './request-metrics.ts';

test('requests count by closed labels, whatever the client sent', async () => {
  const metrics = createMetrics({ process: false });
  const requests = requestMetrics(metrics);
  requests.began();
  requests.began();
  const { exchange } = makeExchange({ method: 'BREW', target: '/no/such/route' });
  exchange.requestBytes = 300;
  requests.ended(exchange, 404, { kind: 'complete', bytes: 5_000 }, 30);
  let text = await metrics.text();
  for (const line of [
    'frontdesk_requests_total{route="unmatched",method="other",status="404",plan="none"} 1',
    'frontdesk_request_duration_seconds_sum{route="unmatched",plan="none"} 0.03',
    'frontdesk_request_size_bytes_sum{route="unmatched"} 300',
    'frontdesk_response_size_bytes_sum{route="unmatched"} 5000',
    'frontdesk_requests_in_flight 1',
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
  assert.ok(!text.includes('/no/such/route'));
  requests.ended(exchange, 200, { kind: 'aborted', bytes: 0 }, 1);
  text = await metrics.text();
  assert.ok(text.includes('frontdesk_requests_in_flight 0\n'));
  assert.ok(text.includes('frontdesk_requests_broken_total{route="unmatched",outcome="aborted"} 1\n'));
});

test('ten thousand paths, methods, statuses and callers make few series', async () => {
  const metrics = createMetrics({ process: false });
  const requests = requestMetrics(metrics, ({ traceId }) => traceId);
  for (let i = 0; i < 10_000; i += 1) {
    const { exchange } = makeExchange({ target: `/p${i}?q=${i}`, method: `M${i}` });
    exchange.identity = makeIdentity({ consumer: `c${i}`, plan: 'free' });
    requests.began();
    requests.ended(exchange, 200 + (i % 400), { kind: 'complete', bytes: i }, i);
  }
  const text = await metrics.text();
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  // One for each status, and the buckets of one route.
  assert.ok(series.length < 500, String(series.length));
  assert.doesNotMatch(text, /p\d+\?|"M\d|"c\d/);
});
