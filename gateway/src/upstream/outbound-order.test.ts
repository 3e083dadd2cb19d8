import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { upstreamMetrics } from './breaker/observation.ts';
import type { Policy } from './call.ts';
import { upstreamConfig } from './config.ts';
import { EndpointRegistry } from './endpoints/endpoint-registry.ts';
import { outboundOrder } from './outbound-order.ts';
import { identityHeadersConfig } from './outgoing/identity-headers.ts';
import { unlimited } from './testing/harness.ts';

const leased: Policy = (call, next) => next(call);

function orderOf(given: Record<string, unknown>, more: { readonly cached?: boolean } = {}): string[] {
  const config = upstreamConfig.parse({ url: 'http://127.0.0.1:1', ...given });
  const metrics = upstreamMetrics(noMeter);
  const registry = new EndpointRegistry({ clock: systemClock, metrics, logger: noLogger });
  const budget = registry.budget('users', config);
  const options = {
    clock: systemClock,
    random: Math.random,
    metrics,
    limiter: unlimited,
    identityHeaders: identityHeadersConfig.parse({}),
    credentialFields: [],
    chainOf: () => () => assert.fail(),
  };
  const steps = outboundOrder('users', config, options, {
    budget: budget.value,
    balance: leased,
    cache: more.cached ? leased : undefined,
    hedging: undefined,
  });
  void budget.release();
  return steps.map(({ name }) => name);
}

test('a plain upstream has the steps that each call needs, and no other', () => {
  assert.deepEqual(orderOf({}), ['forwarding', 'retry', 'observation', 'balance', 'timeout']);
});

test('what is configured stands at its place: fields before keys, and the limit inside retries', () => {
  const given = {
    scopes: ['users:read'],
    limit: { capacity: 10, refill: '10/s' },
    request: { headers: { set: { 'x-a': 'b' } } },
    forward: { deadline: 'x-deadline-ms' },
    response: { strip: ['password'] },
  };
  const order = orderOf(given, { cached: true });
  const places = ['scopes', 'forwarding', 'callHeaders', 'cache', 'reshape', 'retry', 'limit', 'balance'];
  assert.deepEqual(
    order.filter((name) => places.includes(name)),
    places,
  );
  assert.deepEqual(order.slice(-2), ['deadlineField', 'timeout']);
});
