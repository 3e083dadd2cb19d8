import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceConfig, makeBalancer } from './balance-config.ts';

test('a name is all it takes; the defaults are the same either way', () => {
  assert.equal(balanceConfig.parse(undefined).by, 'least-requests');
  assert.deepEqual(balanceConfig.parse('round-robin'), balanceConfig.parse({ by: 'round-robin' }));
  const { by, key, load } = balanceConfig.parse({ by: 'consistent-hash', key: 'header:X-Session' });
  assert.deepEqual([by, key, load], ['consistent-hash', { from: 'header', name: 'x-session' }, 1.25]);
  const { zones, spill, panicBelow, slowStart } = balanceConfig.parse({});
  assert.deepEqual([zones, spill, panicBelow, slowStart], ['local-first', 1.4, 0.5, undefined]);
});

test('what makes no sense is refused', () => {
  for (const bad of [
    'random',
    'consistent-hash',
    { by: 'consistent-hash' },
    { by: 'round-robin', key: 'path' },
    { by: 'consistent-hash', key: 'path', load: 0.9 },
    { panicBelow: 2 },
    { spill: 0.5 },
    { slowStart: '0s' },
    { zone: 'a' },
  ]) {
    assert.equal(balanceConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test('each algorithm picks one of what there is', () => {
  const only = { weight: 1, inFlight: 0, available: true, hash: 1, latencyMs: 0 };
  for (const settings of [
    'round-robin',
    'least-requests',
    'peak-ewma',
    { by: 'consistent-hash', key: 'path' },
    { by: 'consistent-hash', key: 'path', load: 'unbounded' },
  ]) {
    const balancer = makeBalancer(balanceConfig.parse(settings), () => 0);
    assert.equal(balancer([only], undefined, 7), only);
    assert.equal(balancer([], undefined, 7), undefined);
  }
});
