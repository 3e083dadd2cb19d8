/** Conflation: whatever a client misses, it gets every part's last value, each part's values in order, and little waits. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { LatestUpdates } from './latest-updates.ts';

const PARTS = ['a', 'b', 'c', 'd'] as const;
const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('put' as const), name: fc.constantFrom(...PARTS) }),
    fc.constant({ kind: 'take' as const }),
  ),
  { maxLength: 200 },
);

it('delivers every last value, in order for each part, and keeps at most one a part', () => {
  fc.assert(
    fc.property(actions, (script) => {
      const updates = new LatestUpdates();
      const last = new Map<string, number>();
      const given = new Map<string, number[]>();
      let count = 0;
      const take = (): boolean => {
        const update = updates.take();
        if (!update) return false;
        const values = given.get(update.name) ?? [];
        given.set(update.name, [...values, Number(update.value)]);
        return true;
      };
      for (const action of script) {
        if (action.kind === 'take') take();
        else {
          updates.put(action.name, ++count);
          last.set(action.name, count);
        }
        assert.ok(updates.size <= PARTS.length);
      }
      while (take());
      for (const [name, value] of last) assert.equal(given.get(name)?.at(-1), value);
      for (const values of given.values())
        assert.deepEqual(
          values,
          [...new Set(values)].sort((a, b) => a - b),
        );
    }),
    { numRuns: 300 },
  );
});

it('starves no part: who began to wait first is taken first, however often others are put', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...PARTS], { minLength: 2 }), fc.nat(20), (order, again) => {
      const updates = new LatestUpdates();
      for (const name of order) updates.put(name, 0);
      for (let i = 0; i < again; i += 1) assert.equal(updates.put(order[0] ?? 'a', i), false);
      assert.deepEqual(
        order.map(() => updates.take()?.name),
        order,
      );
    }),
  );
});
