import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { composeOrdered, inOrder, type NamedStep, type Place, type PlacedStep } from './placed-steps.ts';
import type { Step } from './step.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const step: Step<string[], string[]> = (input, next) => next(input);
const chain = (names: readonly string[]): NamedStep<string[], string[]>[] =>
  names.map((name) => [name, step]);
const plugin = (name: string, place: Place): PlacedStep<string[], string[]> => ({ name, place, step });

function namesOf(there: readonly string[], ...more: PlacedStep<string[], string[]>[]): string {
  return inOrder(NAMES, chain(there), more)
    .map(({ name }) => name)
    .join(' ');
}

test('a step stands before or after the one that it names; those of one place keep their order', () => {
  const p = plugin('p', { before: 'c' });
  const q = plugin('q', { before: 'c' });
  assert.equal(namesOf(NAMES, p, q), 'a b p q c d e');
  assert.equal(namesOf(NAMES, plugin('p', { after: 'c' }), plugin('q', { after: 'c' })), 'a b c p q d e');
  assert.equal(namesOf(NAMES, plugin('p', { before: 'c' }), plugin('q', { after: 'b' })), 'a b q p c d e');
  assert.equal(namesOf(NAMES, plugin('p', { before: 'a' }), plugin('q', { after: 'e' })), 'p a b c d e q');
});

test('its place is the same where the step that it names is not in the chain', () => {
  assert.equal(namesOf(['a', 'e'], plugin('p', { after: 'c' })), 'a p e');
  assert.equal(namesOf(['d'], plugin('p', { before: 'a' }), plugin('q', { after: 'e' })), 'p d q');
  assert.equal(
    inOrder(
      NAMES,
      [
        ['b', undefined],
        ['c', step],
      ],
      [plugin('p', { after: 'b' })],
    )
      .map(({ name }) => name)
      .join(),
    'p,c',
  );
});

test('a name that is no step is refused', () => {
  assert.throws(() => namesOf(NAMES, plugin('p', { before: 'z' })), RangeError);
});

test('whatever is added, the steps that are there stay in order and each plugin is on its side', () => {
  const place = fc
    .tuple(fc.constantFrom(...NAMES), fc.boolean())
    .map(([name, before]): Place => (before ? { before: name } : { after: name }));
  fc.assert(
    fc.property(fc.subarray(NAMES), fc.array(place, { maxLength: 6 }), (there, places) => {
      const more = places.map((one, i) => plugin(`p${i}`, one));
      const all = inOrder(NAMES, chain(there), more).map(({ name }) => name);
      assert.deepEqual(
        all.filter((name) => NAMES.includes(name)),
        there,
      );
      assert.equal(all.length, there.length + places.length);
      for (const [i, { before, after }] of places.entries()) {
        const at = all.indexOf(`p${i}`);
        const anchor = before ?? after;
        for (const [j, name] of all.entries()) {
          if (!there.includes(name)) continue;
          const isBefore = NAMES.indexOf(name) < NAMES.indexOf(anchor) || (name === anchor && after === name);
          assert.equal(j < at, isBefore);
        }
      }
    }),
  );
});

test('what is composed runs in that order', async () => {
  const said =
    (name: string): Step<string[], string[]> =>
    (input, next) =>
      next([...input, name]);
  const steps = inOrder(
    NAMES,
    [
      ['a', said('a')],
      ['b', said('b')],
    ],
    [{ name: 'p', place: { after: 'a' }, step: said('p') }],
  );
  assert.deepEqual(await composeOrdered(steps, async (input) => input)([]), ['a', 'p', 'b']);
});
