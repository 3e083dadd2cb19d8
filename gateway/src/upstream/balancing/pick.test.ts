import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Cancellation } from '../../core/abort.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { UpstreamCall } from '../call.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { setOf, testEndpoint } from '../testing/endpoints.ts';
import { context, request } from '../testing/harness.ts';
import { balanceConfig, makeBalancer } from './balance-config.ts';
import { EndpointPicker } from './pick.ts';
import { Placement } from './placement.ts';
import { hashText } from './stable-hash.ts';

function rig(specs: readonly Partial<EndpointSpec>[], settings: object = {}, random = Math.random) {
  const clock = new ManualClock();
  const epoch = { value: 0 };
  const moved = (): void => {
    epoch.value += 1;
  };
  const endpoints = specs.map((_, i) =>
    testEndpoint(clock, `10.0.0.${i}:80`, { maxInFlight: 1, onHealth: moved, onBreaker: moved }),
  );
  const config = balanceConfig.parse(settings);
  const placement = new Placement({ set: setOf(endpoints, specs), epoch, clock, random, config, zone: 'a' });
  const strayed: string[] = [];
  const picker = new EndpointPicker({
    placement,
    balancer: makeBalancer(config, random),
    strayed: (how) => strayed.push(how),
  });
  const call = (affinity?: number): UpstreamCall => {
    const made = new UpstreamCall(request({ context: context({ clock }) }));
    made.affinity = affinity;
    return made;
  };
  return { clock, endpoints, picker, strayed, call };
}

function fill(endpoint: Endpoint | undefined): void {
  endpoint?.bulkhead.enter(new Cancellation());
}

function breakOpen({ breaker }: Endpoint): void {
  breaker?.end(breaker.begin(), 'failure');
}

describe('beyond the first level', () => {
  test('where all of it is full, the next is asked, and it is counted', () => {
    const { picker, endpoints, strayed, call } = rig([{ zone: 'a' }, { zone: 'b' }, { priority: 1 }]);
    assert.equal(picker.pick(call()), endpoints[0]);
    assert.deepEqual(strayed, []);
    fill(endpoints[0]);
    assert.equal(picker.pick(call()), endpoints[1]);
    fill(endpoints[1]);
    assert.equal(picker.pick(call()), endpoints[2]);
    fill(endpoints[2]);
    assert.equal(picker.pick(call()), undefined);
    assert.deepEqual(strayed, ['zone', 'priority']);
  });

  test('a further attempt goes to another zone rather than to the same endpoint', () => {
    const { picker, endpoints, call } = rig([{ zone: 'a' }, { zone: 'b' }]);
    const again = call();
    again.endpoint = endpoints[0];
    assert.equal(picker.pick(again), endpoints[1]);
    fill(endpoints[1]);
    assert.equal(picker.pick(again), endpoints[0]);
  });

  test('a key keeps its level: calls that spill are always the same', () => {
    const zones = [{ zone: 'a' }, { zone: 'a' }, { zone: 'b' }];
    const { picker, endpoints, call } = rig(zones, { by: 'consistent-hash', key: 'path' });
    endpoints[0]?.health.setUnhealthy('test');
    let spilled = 0;
    for (let i = 0; i < 1000; i += 1) {
      const key = hashText(`k${i}`);
      const first = picker.pick(call(key));
      assert.equal(picker.pick(call(key)), first);
      if (first === endpoints[2]) spilled += 1;
    }
    assert.ok(Math.abs(spilled - 300) < 60, String(spilled));
  });
});

test('in a panic those that are ill are asked, those with an open breaker are not', () => {
  const { picker, endpoints, strayed, call } = rig([{}, {}, {}]);
  const [broken, ...ill] = endpoints;
  assert.ok(broken);
  for (const one of ill) one.health.setUnhealthy('test');
  breakOpen(broken);
  for (let i = 0; i < 20; i += 1) assert.ok(ill.includes(picker.pick(call()) ?? broken));
  assert.ok(strayed.includes('panic'));
});

test('property: an available endpoint that is healthy is found wherever it is, and none that is not available is picked', () => {
  const one = fc.record({
    zone: fc.constantFrom('a', 'b'),
    priority: fc.nat(2),
    weight: fc.integer({ min: 1, max: 5 }),
    full: fc.boolean(),
    broken: fc.boolean(),
    ill: fc.boolean(),
  });
  const settings = fc.constantFrom<object>(
    { by: 'round-robin' },
    { by: 'least-requests' },
    { by: 'peak-ewma' },
    { by: 'consistent-hash', key: 'path' },
  );
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 8 }),
      settings,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.option(fc.nat(), { nil: undefined }),
      fc.option(fc.nat(7), { nil: undefined }),
      (given, balancer, chance, key, lastAt) => {
        const specs = given.map(({ zone, priority, weight }) => ({ zone, priority, weight }));
        const { picker, endpoints, call } = rig(specs, balancer, () => chance);
        for (const [i, endpoint] of endpoints.entries()) {
          if (given[i]?.full) fill(endpoint);
          if (given[i]?.broken) breakOpen(endpoint);
          if (given[i]?.ill) endpoint.health.setUnhealthy('test');
        }
        const attempt = call(key);
        const last = lastAt === undefined ? undefined : endpoints[lastAt];
        attempt.endpoint = last;
        const picked = picker.pick(attempt);
        const fit = endpoints.filter((each) => each.available && each.health.usable);
        if (picked) assert.ok(picked.available);
        else assert.equal(fit.length, 0);
        if (picked === last && last) assert.ok(fit.every((each) => each === last));
        const other = picker.pickBut(attempt, picked ? [picked] : []);
        assert.ok(!other || (other !== picked && other.available));
      },
    ),
  );
});
