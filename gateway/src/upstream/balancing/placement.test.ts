import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { setOf, testEndpoint } from '../testing/endpoints.ts';
import { balanceConfig } from './balance-config.ts';
import { type Level, Placement } from './placement.ts';

interface RigOptions {
  readonly balance?: object;
  readonly zone?: string;
}

function rig(specs: readonly Partial<EndpointSpec>[], { balance = {}, zone }: RigOptions = {}) {
  const clock = new ManualClock();
  const epoch = { value: 0 };
  const moved = (): void => {
    epoch.value += 1;
  };
  const make = (i: number) => testEndpoint(clock, `10.0.0.${i}:80`, { onHealth: moved, onBreaker: moved });
  const endpoints = specs.map((_, i) => make(i));
  const set = setOf(endpoints, specs);
  const changes: (readonly Level[])[] = [];
  const placement = new Placement({
    set,
    epoch,
    clock,
    random: () => 0.5,
    config: balanceConfig.parse(balance),
    zone,
    onChange: (levels) => changes.push(levels),
  });
  const seen = (): (readonly [string, number])[] =>
    placement.levels.map(({ targets, share }) => [
      targets.map(({ endpoint }) => endpoint.address.split('.')[3]?.split(':')[0]).join(''),
      Math.round(share * 100),
    ]);
  return { clock, endpoints, set, placement, changes, seen, make };
}

describe('zones and priorities', () => {
  test('the own zone first, and all of it while it can carry them', () => {
    const { seen, endpoints } = rig([{ zone: 'b' }, { zone: 'a' }, { zone: 'a' }, {}], { zone: 'a' });
    assert.deepEqual(seen(), [
      ['12', 100],
      ['03', 0],
    ]);
    endpoints[1]?.health.eject('consecutive_5xx', 1000);
    assert.deepEqual(seen(), [
      ['2', 70],
      ['03', 30],
    ]);
    endpoints[2]?.health.setUnhealthy('test');
    assert.deepEqual(seen(), [
      ['', 0],
      ['03', 100],
    ]);
  });

  test('a zone where the gateway has nobody, no zone, and zones that are ignored are all one', () => {
    const specs = [{ zone: 'a' }, { zone: 'b' }];
    assert.deepEqual(rig(specs, { zone: 'c' }).seen(), [['01', 100]]);
    assert.deepEqual(rig(specs).seen(), [['01', 100]]);
    assert.deepEqual(rig(specs, { zone: 'a', balance: { zones: 'ignore' } }).seen(), [['01', 100]]);
  });

  test('the next priority when the first is ill', () => {
    const { seen, endpoints, placement } = rig([{}, {}, { priority: 5 }, { priority: 1 }]);
    assert.deepEqual(seen(), [
      ['01', 100],
      ['3', 0],
      ['2', 0],
    ]);
    for (const one of endpoints.slice(0, 2)) one?.health.setUnhealthy('test');
    assert.deepEqual(seen()[1], ['3', 100]);
    assert.deepEqual(
      placement.levels.map(({ beyond }) => beyond),
      [undefined, 'priority', 'priority'],
    );
    assert.equal(placement.firstOf(placement.levels, undefined), 1);
  });

  test('an open breaker moves calls away for as long as it is open, and its endpoint is asked again then', () => {
    const { seen, endpoints, clock } = rig([{ zone: 'a' }, { zone: 'b' }], { zone: 'a' });
    const breaker = endpoints[0]?.breaker;
    breaker?.end(breaker.begin(), 'failure');
    assert.deepEqual(seen(), [
      ['0', 0],
      ['1', 100],
    ]);
    clock.advance(29_999);
    assert.equal(seen()[0]?.[1], 0);
    clock.advance(1);
    assert.equal(seen()[0]?.[1], 100);
  });
});

describe('panic', () => {
  test('with less than half healthy all are asked again', () => {
    const { seen, endpoints, placement } = rig([{}, {}, {}]);
    endpoints[0]?.health.setUnhealthy('test');
    assert.deepEqual(seen(), [['12', 100]]);
    endpoints[1]?.health.setUnhealthy('test');
    assert.deepEqual(seen(), [['012', 100]]);
    assert.equal(placement.levels[0]?.panic, true);
    endpoints[1]?.health.setHealthy();
    assert.deepEqual(seen(), [['12', 100]]);
  });

  test('never where it is switched off', () => {
    const { seen, endpoints } = rig([{}, {}], { balance: { panicBelow: 0 } });
    for (const one of endpoints) one.health.setUnhealthy('test');
    assert.deepEqual(seen(), [['', 100]]);
  });
});

describe('slow start', () => {
  const weights = (placement: Placement): (number | undefined)[] =>
    placement.levels.flatMap(({ targets }) => targets.map(({ weight }) => weight));

  test('who joins others begins with a tenth of its weight; those that came together start whole', () => {
    const { placement, endpoints, set, clock, make } = rig([{}, {}], { balance: { slowStart: '30s' } });
    assert.deepEqual(weights(placement), [1, 1]);
    clock.advance(5000);
    endpoints.push(make(2));
    set.replace(endpoints.map(({ address }) => ({ url: `http://${address}`, weight: 2 })));
    assert.deepEqual(weights(placement), [2, 2, 0.2]);
    clock.advance(15_000);
    assert.deepEqual(weights(placement), [2, 2, 1]);
    clock.advance(15_000);
    assert.deepEqual(weights(placement), [2, 2, 2]);
  });

  test('who comes back from being ill begins again; without slow start nobody does', () => {
    for (const [balance, expected] of [
      [{ slowStart: '30s' }, 0.1],
      [{}, 1],
    ] as const) {
      const { placement, endpoints, clock } = rig([{}, {}], { balance });
      endpoints[0]?.health.eject('success_rate', 1000);
      assert.deepEqual(weights(placement), [1]);
      clock.advance(60_000);
      endpoints[0]?.health.readmit('time');
      assert.deepEqual(weights(placement), [expected, 1]);
    }
  });
});

test('it is worked out when something has changed, and tells when the parts have', () => {
  const { placement, endpoints, changes, clock } = rig([{}, {}, {}]);
  const first = placement.levels;
  clock.advance(1_000_000);
  assert.equal(placement.levels, first);
  assert.equal(changes.length, 1);
  endpoints[0]?.health.setUnhealthy('test');
  assert.notEqual(placement.levels, first);
  assert.equal(changes.length, 1, 'the parts are as they were');
  endpoints[1]?.health.setUnhealthy('test');
  assert.ok(placement.levels[0]?.panic);
  assert.equal(changes.length, 2);
});
