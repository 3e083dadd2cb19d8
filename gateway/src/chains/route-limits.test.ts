import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { noMeter } from '../core/meter.ts';
import { InFlight } from '../limits/algorithms/in-flight.ts';
import { MemoryLimiter } from '../limits/memory-limiter.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { openRouteLimits } from './route-limits.ts';

function open(more: object) {
  const config = configSchema.parse({
    upstreams: { users: { url: 'http://127.0.0.1:1' } },
    routes: [{ match: { path: '/x' }, to: { upstream: 'users' }, ...more }],
  });
  const limiter = new MemoryLimiter({ clock: systemClock, meter: noMeter });
  const limits = { limiter, close: async () => {} };
  const residents = {
    limits,
    inFlight: new InFlight(),
    clock: systemClock,
    metrics: noMeter,
  };
  return { config, residents, mounts: planMounts(config, []) };
}

test('a route has its policies and knows its upstream; health has no limits; without a word the door draws nothing', () => {
  const { config, residents, mounts } = open({
    limitedBy: [{ name: 'own', by: ['upstream'], concurrency: { max: 3 } }],
  });
  const limits = openRouteLimits(config, compilePlans(config.plans), residents);
  assert.equal(limits.door, undefined);
  const told = mounts.map((mount) => limits.of(mount));
  assert.deepEqual(
    told.map(
      (options) => options && [options.template, options.upstream, options.own?.map(({ name }) => name)],
    ),
    [undefined, undefined, ['/x', 'users', ['own']]],
  );
});
