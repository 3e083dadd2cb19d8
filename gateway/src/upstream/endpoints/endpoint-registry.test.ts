import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Meter } from '../../core/meter.ts';
import { upstreamMetrics } from '../breaker/observation.ts';
import { upstreamConfig } from '../config.ts';
import { EndpointRegistry } from './endpoint-registry.ts';

function rig() {
  const gauges: string[] = [];
  const events: string[] = [];
  const meter: Meter = {
    counter: () => () => {},
    histogram: () => () => {},
    gauge:
      ({ name }) =>
      (value, ...labels) =>
        void gauges.push([name, value, ...labels].join(' ')),
  };
  const note =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void events.push(`${level} ${message}: ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
  const clock = new ManualClock();
  return {
    gauges,
    events,
    clock,
    registry: new EndpointRegistry({ clock, metrics: upstreamMetrics(meter), logger }),
  };
}

const url = 'http://127.0.0.1:4101';

test('the same name, place and settings are the same endpoint; it is closed with its last lease', async () => {
  const { registry } = rig();
  const config = upstreamConfig.parse({ url });
  const first = registry.endpoint('users', config, url);
  const second = registry.endpoint(
    'users',
    upstreamConfig.parse({ url, scopes: ['a'], timeout: { attempt: '1s' } }),
    url,
  );
  assert.equal(first.value, second.value);
  assert.equal(registry.size, 1);
  await first.release();
  await first.release();
  assert.equal(registry.size, 1, 'a lease is returned once');
  await second.release();
  assert.equal(registry.size, 0);
  const third = registry.endpoint('users', config, url);
  assert.notEqual(third.value, first.value);
  await third.release();
});

test('another upstream, place or setting is another endpoint', async () => {
  const { registry } = rig();
  const config = upstreamConfig.parse({ url });
  const leases = [
    registry.endpoint('users', config, url),
    registry.endpoint('orders', config, url),
    registry.endpoint('users', config, 'http://127.0.0.1:4102'),
    registry.endpoint('users', upstreamConfig.parse({ url, breaker: { openFor: '5s' } }), url),
    registry.endpoint('users', upstreamConfig.parse({ url, timeout: { idle: '1s' } }), url),
    registry.endpoint('users', upstreamConfig.parse({ url, bulkhead: { maxInFlight: 1 } }), url),
  ];
  assert.equal(new Set(leases.map((one) => one.value)).size, leases.length);
  await Promise.all(leases.map((one) => one.release()));
});

test('budgets are kept by name and settings', () => {
  const { registry } = rig();
  const config = upstreamConfig.parse({ url });
  const other = upstreamConfig.parse({ url, retry: { budget: { ratio: 0.5 } } });
  assert.equal(registry.budget('users', config).value, registry.budget('users', config).value);
  assert.notEqual(registry.budget('users', config).value, registry.budget('users', other).value);
});

test('a breaker’s changes are measured and logged', async () => {
  const { registry, gauges, events, clock } = rig();
  const config = upstreamConfig.parse({ url, breaker: { windowCalls: 1, minimumCalls: 1 } });
  const { value: endpoint, release } = registry.endpoint('users', config, url);
  const { breaker } = endpoint;
  assert.ok(breaker);
  breaker.end(breaker.begin(), 'failure');
  clock.advance(30_000);
  breaker.end(breaker.begin(), 'success');
  const name = 'frontdesk_upstream_breaker_state';
  const labels = 'users 127.0.0.1:4101';
  assert.deepEqual(
    gauges.filter((one) => one.startsWith(name)),
    [`${name} 0 ${labels}`, `${name} 1 ${labels}`, `${name} 0.5 ${labels}`, `${name} 0 ${labels}`],
  );
  assert.equal(events.length, 3);
  assert.match(events[0] ?? '', /^warn .*"state":"open"/);
  await release();
});

test('a breaker that is switched off is none', async () => {
  const { registry } = rig();
  const { value, release } = registry.endpoint(
    'users',
    upstreamConfig.parse({ url, breaker: { enabled: false } }),
    url,
  );
  assert.equal(value.breaker, undefined);
  await release();
});
