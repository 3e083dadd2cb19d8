import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InFlight } from './in-flight.ts';

const check = (name: string, max: number) => ({ max, key: ['p', name] });

test('a place is held until it is given back, which counts once', () => {
  const inFlight = new InFlight();
  const first = inFlight.hold([check('a', 2)]);
  const second = inFlight.hold([check('a', 2)]);
  assert.deepEqual([first.left, second.left], [[1], [0]]);
  const third = inFlight.hold([check('a', 2)]);
  assert.deepEqual(third, { had: [false], left: [0], release: undefined });
  first.release?.();
  first.release?.();
  assert.deepEqual(inFlight.hold([check('a', 2)]).left, [0]);
  assert.equal(inFlight.hold([check('a', 2)]).release, undefined);
});

test('whoever finds one of several taken holds none of them, and learns which', () => {
  const inFlight = new InFlight();
  inFlight.hold([check('a', 1)]);
  const refused = inFlight.hold([check('b', 5), check('a', 1)]);
  assert.deepEqual(refused, { had: [true, false], left: [5, 0], release: undefined });
  assert.deepEqual(inFlight.hold([check('b', 1)]).left, [0]);
});

test('never more than there are places, whatever comes and goes; when all have gone nothing is left', () => {
  const maxima = { a: 1, b: 2, c: 3 };
  const names = fc.uniqueArray(fc.constantFrom<keyof typeof maxima>('a', 'b', 'c'), { minLength: 1 });
  const step = fc.oneof(names, fc.nat(20));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const inFlight = new InFlight();
      const open: { names: readonly (keyof typeof maxima)[]; release: () => void }[] = [];
      const heldOf = (name: string) => open.filter((one) => one.names.some((held) => held === name)).length;
      for (const one of steps) {
        if (typeof one === 'number') {
          open.splice(one, 1)[0]?.release();
          continue;
        }
        const isRoom = one.every((name) => heldOf(name) < maxima[name]);
        const { release } = inFlight.hold(one.map((name) => check(name, maxima[name])));
        assert.equal(release !== undefined, isRoom);
        if (release) open.push({ names: one, release });
      }
      for (const { release } of open) release();
      assert.equal(inFlight.size, 0);
    }),
  );
});
