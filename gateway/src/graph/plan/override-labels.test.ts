import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'graphql';
import { decideOverrides, overrideLabels, percentageFor, percentOf } from './override-labels.ts';

test('labels are read from the supergraph, each once', () => {
  const document = parse(`type T {
    a: Int @join__field(graph: A, overrideLabel: "percent(25)") @join__field(graph: B, override: "a", overrideLabel: "percent(25)")
    b: Int @join__field(graph: A, overrideLabel: "beta") c: Int @other(overrideLabel: "no")
  }`);
  assert.deepEqual(overrideLabels(document), ['percent(25)', 'beta']);
});

test('only percent(x) is a percentage', () => {
  assert.equal(percentOf('percent(7.25)'), 7.25);
  for (const label of ['percent', 'percent()', 'percent(x)', 'beta', 'percent(1) ']) {
    assert.equal(percentOf(label), undefined);
  }
});

test('named labels hold as configured; unknown ones never', () => {
  const decide = decideOverrides(['on', 'off', 'unknown'], { on: true, off: false }, () => 0);
  assert.deepEqual(decide().labels, ['on']);
  assert.deepEqual(decideOverrides(['toString'], {}, () => 0)().labels, []);
});

test('a label holds for exactly its share of draws, and equal keys are equal decisions', () => {
  const share = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(
      fc.array(share, { maxLength: 4 }),
      share,
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (percents, beta, draw) => {
        const labels = [...new Set(percents.map((percent) => `percent(${percent})`)), 'beta'];
        const decide = decideOverrides(labels, { beta }, () => draw);
        const expected = labels.filter((label) => draw * 100 < (percentOf(label) ?? beta));
        assert.deepEqual(decide().labels, expected);
        const keys = new Map<string, string>();
        for (let i = 0; i < 100; i++) {
          const { key, labels: holding } = decideOverrides(labels, { beta }, () => i / 100)();
          const text = holding.join();
          assert.equal(keys.get(key) ?? text, text);
          keys.set(key, text);
        }
        assert.ok(keys.size <= labels.length + 1);
      },
    ),
  );
});

test("Hive's planner is told a draw that lets the same percentages hold", () => {
  const percents = [0, 25, 75.5, 100];
  for (const draw of [0, 10, 25, 60, 75.5, 99]) {
    const labels = percents.filter((percent) => draw < percent).map((percent) => `percent(${percent})`);
    const told = percentageFor(percents, [...labels, 'beta']);
    assert.deepEqual(
      percents.filter((percent) => told < percent),
      percents.filter((percent) => draw < percent),
    );
  }
});
