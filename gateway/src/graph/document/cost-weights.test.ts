import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { CostWeights } from './cost-weights.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])';

test('weights of types, fields, arguments and input fields, as numbers and as texts', () => {
  const weights = new CostWeights(
    parse(`${LINK}
      type A @cost(weight: 3) { b(c: Int @cost(weight: "1.5")): Int @cost(weight: 2) d: Int }
      interface I @cost(weight: 4) { b: Int } union U @cost(weight: 5) = A
      enum E @cost(weight: 6) { X } scalar S @cost(weight: 7)
      input In { f: Int @cost(weight: 8) }
      type Odd @cost(weight: -1) { a: Int @cost(weight: "x") }`),
  );
  assert.deepEqual(
    ['A', 'I', 'U', 'E', 'S', 'Odd', 'In'].map((name) => weights.type(name)),
    [3, 4, 5, 6, 7, 0, undefined],
  );
  assert.equal(weights.field('A', 'b')?.weight, 2);
  assert.equal(weights.field('A', 'b')?.args.get('c'), 1.5);
  assert.equal(weights.field('A', 'd'), undefined);
  assert.equal(weights.field('Odd', 'a'), undefined);
  assert.equal(weights.input('In', 'f'), 8);
});

test('sizes of lists, with their defaults', () => {
  const weights = new CostWeights(
    parse(`${LINK}
      type Q {
        a: [Int] @listSize(assumedSize: 5)
        b: [Int] @listSize(slicingArguments: ["first", "page.last"], sizedFields: ["edges"], requireOneSlicingArgument: false)
      }`),
  );
  assert.deepEqual(weights.field('Q', 'a')?.listSize, {
    assumedSize: 5,
    slicingArguments: [],
    sizedFields: [],
    requireOne: true,
  });
  assert.deepEqual(weights.field('Q', 'b')?.listSize, {
    assumedSize: undefined,
    slicingArguments: [['first'], ['page', 'last']],
    sizedFields: ['edges'],
    requireOne: false,
  });
});

test('a directive of the same name that comes from elsewhere means nothing', () => {
  assert.equal(new CostWeights(parse('type A @cost(weight: 3) { a: Int }')).type('A'), undefined);
});
