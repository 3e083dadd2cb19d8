import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { policiesConfig } from './config.ts';
import { DecisionCache } from './decision-cache.ts';
import { Policies } from './policies.ts';

const clock = new ManualClock();
const policies = new Policies({
  config: policiesConfig.parse({
    a: { allow: 'true', message: 'm' },
    b: { opa: { upstream: 'u', path: 'p', forward: ['X-A'] } },
  }),
  credentialFields: [],
  callUpstream: () => Promise.reject(new Error('nobody is called')),
  context: () => contextOn(clock),
  cacheFor: () => new DecisionCache(),
  clock,
  meter: noMeter,
});

test('policies by name, each once and in order, then the route’s own', () => {
  assert.deepEqual(
    policies.of(['b', 'a', 'b'], 'false').map(({ name }) => name),
    ['b', 'a', 'inline'],
  );
  assert.deepEqual(policies.of([], undefined), []);
  assert.deepEqual([policies.get('a').message, policies.get('b').sets], ['m', ['x-a']]);
});

test('a name that no policy has is an error', () => {
  assert.deepEqual([policies.has('a'), policies.has('c')], [true, false]);
  assert.throws(() => policies.of(['c'], undefined), /no policy is named c/);
});
