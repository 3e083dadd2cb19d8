import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tally } from './tally.ts';

test('each observation falls in one bucket, and each exemplar in that of its value', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.boolean())), (seen) => {
      const bounds = [0.5, 1, 2];
      const tally = new Tally(bounds);
      for (const [value, traced] of seen) tally.observe(value, traced ? 't' : '');
      const above = seen.filter(([value]) => value > 2).length;
      assert.equal(
        tally.counts.reduce((sum, count) => sum + count, above),
        seen.length,
      );
      assert.equal(tally.count, seen.length);
      for (const [i, exemplar] of (tally.take() ?? []).entries()) {
        if (!exemplar) continue;
        assert.ok(exemplar.value <= (bounds[i] ?? Number.POSITIVE_INFINITY));
        assert.ok(i === 0 || exemplar.value > (bounds[i - 1] ?? 0));
      }
      assert.equal(tally.take() === undefined, !seen.some(([, traced]) => traced));
    }),
  );
});
