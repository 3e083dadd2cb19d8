import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { slowStartConfig, slowStartFactor } from './slow-start.ts';

test('a duration is all it takes; more can be said', () => {
  assert.deepEqual(slowStartConfig.parse('30s'), { for: 30_000, aggression: 1, from: 0.1 });
  assert.deepEqual(slowStartConfig.parse({ for: '10s', aggression: 2 }), {
    for: 10_000,
    aggression: 2,
    from: 0.1,
  });
  for (const bad of ['0s', 5, 'soon', { for: '10s', from: 0 }]) {
    assert.equal(slowStartConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test('it grows evenly from a tenth; more aggression grows faster at first', () => {
  const even = slowStartConfig.parse('10s');
  assert.deepEqual(
    [0, 500, 2500, 5000, 10_000, 20_000].map((age) => slowStartFactor(even, age)),
    [0.1, 0.1, 0.25, 0.5, 1, 1],
  );
  const eager = slowStartConfig.parse({ for: '10s', aggression: 2 });
  assert.equal(slowStartFactor(eager, 2500), 0.5);
  const shy = slowStartConfig.parse({ for: '10s', aggression: 0.5 });
  assert.equal(slowStartFactor(shy, 5000), 0.25);
});

test('property: it never shrinks and stays between its beginning and 1', () => {
  const given = fc.record({
    for: fc.integer({ min: 1, max: 100_000 }),
    aggression: fc.double({ min: 0.1, max: 10, noNaN: true }),
    from: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(given, fc.nat(200_000), fc.nat(200_000), (settings, a, b) => {
      const [early, late] = [Math.min(a, b), Math.max(a, b)].map((age) => slowStartFactor(settings, age));
      assert.ok(early !== undefined && late !== undefined);
      assert.ok(early >= settings.from && early <= late && late <= 1);
    }),
  );
});
