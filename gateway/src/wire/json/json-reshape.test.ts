import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EACH, indexOf, type PathStep, parseJsonPath } from './json-path.ts';
import { compileJsonRules, compileJsonText, type JsonRules, jsonRulesConfig } from './json-reshape.ts';
import { parseJson } from './json-value.ts';

function reshaped(rules: JsonRules, value: unknown): unknown {
  jsonRulesConfig.parse(rules);
  return compileJsonRules(rules)(structuredClone(value));
}

function faultsOf(rules: unknown): string[] {
  const result = jsonRulesConfig.safeParse(rules);
  return result.success ? [] : result.error.issues.map(({ message }) => message);
}

const ORDER = {
  id: 7,
  user: { name: 'Ada', email: 'a@x', address: { city: 'Riga' } },
  items: [
    { sku: 'a', price: { amount: 5, cost: 1 } },
    { sku: 'b', price: { amount: 6, cost: 2 } },
  ],
};

describe('each rule', () => {
  const cases: readonly (readonly [name: string, rules: JsonRules, value: unknown, expected: unknown])[] = [
    ['target picks a part', { target: 'user.address' }, ORDER, { city: 'Riga' }],
    ['target picks an item', { target: 'items.1.sku' }, ORDER, 'b'],
    ['a target that is not there is an empty object', { target: 'user.phone' }, ORDER, {}],
    [
      'allow goes through arrays without a mark',
      { allow: ['id', 'items.sku'] },
      ORDER,
      { id: 7, items: [{ sku: 'a' }, { sku: 'b' }] },
    ],
    [
      'allow with marks',
      { allow: ['items.*.price.amount'] },
      ORDER,
      { items: [{ price: { amount: 5 } }, { price: { amount: 6 } }] },
    ],
    ['allow keeps the way', { allow: ['user.phone'] }, ORDER, { user: {} }],
    [
      'allow drops scalars on the way and keeps null',
      { allow: ['a.x', 'b.x'] },
      { a: 5, b: null },
      { b: null },
    ],
    ['allow of a scalar is null', { allow: ['a'] }, 5, null],
    [
      'deny each member and item',
      { deny: ['user.*.city', 'items.1', 'items.*.price.cost'] },
      ORDER,
      {
        id: 7,
        user: { name: 'Ada', email: 'a@x', address: {} },
        items: [{ sku: 'a', price: { amount: 5 } }],
      },
    ],
    [
      'deny within what is allowed',
      { allow: ['user'], deny: ['user.email', 'user.address'] },
      ORDER,
      { user: { name: 'Ada' } },
    ],
    ['mapping keeps the order', { mapping: { a: 'z' } }, { a: 1, b: 2 }, { z: 1, b: 2 }],
    ['mapping exchanges names', { mapping: { a: 'b', b: 'a' } }, { a: 1, b: 2 }, { b: 1, a: 2 }],
    ['the renamed member wins', { mapping: { a: 'b' } }, { b: 2, a: 1 }, { b: 1 }],
    [
      'mapping inside of what is renamed',
      { mapping: { items: 'lines', 'items.sku': 'article' } },
      { items: [{ sku: 1 }] },
      { lines: [{ article: 1 }] },
    ],
    [
      'move lifts',
      { move: { 'user.address.city': 'city' } },
      { user: { address: { city: 'Riga' } } },
      { city: 'Riga' },
    ],
    [
      'move within each item',
      { move: { 'items.*.price.amount': 'items.*.amount', 'items.sku': 'items.article.id' } },
      { items: [{ sku: 1, price: { amount: 5 } }, 3, {}] },
      { items: [{ amount: 5, article: { id: 1 } }, 3, {}] },
    ],
    ['move below itself', { move: { a: 'a.b' } }, { a: 1 }, { a: { b: 1 } }],
    [
      'default where nothing is',
      { default: { 'user.plan': 'free', 'items.*.n': 0, x: [] } },
      { user: {}, items: [{ n: 1 }, {}] },
      { user: { plan: 'free' }, items: [{ n: 1 }, { n: 0 }], x: [] },
    ],
    ['null is a value', { default: { a: 1, 'b.c': 1 } }, { a: null, b: null }, { a: null, b: null }],
    [
      'constant in any case',
      { constant: { 'a.b': 1, 'list.*': 0 } },
      { a: 'x', list: [1, 2] },
      { a: { b: 1 }, list: [0, 0] },
    ],
    ['wrap', { wrap: 'data' }, [1], { data: [1] }],
    [
      'flatmap',
      {
        flatmap: [
          { type: 'move', args: ['a.*.b.c', 'a.*.c'] },
          { type: 'append', args: ['more', 'a'] },
          { type: 'del', args: ['a.*.b', 'x'] },
        ],
      },
      { a: [{ b: { c: 1 } }], more: [{ c: 2 }], x: 1 },
      { a: [{ c: 1 }, { c: 2 }] },
    ],
    [
      'append to what is not there',
      { flatmap: [{ type: 'append', args: ['a', 'b'] }] },
      { a: [1] },
      { b: [1] },
    ],
    [
      'append each',
      { flatmap: [{ type: 'append', args: ['l.*.a', 'l.*.b'] }] },
      { l: [{ a: [1], b: [0] }, {}] },
      { l: [{ b: [0, 1] }, {}] },
    ],
    ['a dot in a name', { deny: ['a\\.b'] }, { 'a.b': 1, a: { b: 2 } }, { a: { b: 2 } }],
  ];
  for (const [name, rules, value, expected] of cases) {
    test(name, () => assert.deepEqual(reshaped(rules, value), expected));
  }

  test('the order is fixed, whatever the order in the file', () => {
    const rules: JsonRules = {
      wrap: 'w',
      constant: { k: 1 },
      default: { n: 2, m: 3 },
      move: { n: 'o' },
      mapping: { a: 'n' },
      deny: ['b'],
      target: 't',
    };
    assert.deepEqual(reshaped(rules, { t: { a: 1, b: 2 } }), { w: { o: 1, n: 2, m: 3, k: 1 } });
  });
});

test('a value that is set in many places is not one object', () => {
  const value = reshaped(
    { default: { 'items.tag': { a: 1 } }, constant: { 'items.0.tag.a': 2 } },
    { items: [{}, {}] },
  );
  assert.deepEqual(value, { items: [{ tag: { a: 2 } }, { tag: { a: 1 } }] });
});

test('names of prototypes are names like others', () => {
  const text = compileJsonText({
    mapping: { a: '__proto__' },
    default: { 'constructor.x': 1 },
    move: { q: 'toString.y' },
  });
  const result = text(Buffer.from('{"a":{"polluted":1},"q":2}'))?.toString();
  assert.equal(result, '{"__proto__":{"polluted":1},"toString":{"y":2},"constructor":{"x":1}}');
  const kept = compileJsonText({ allow: ['__proto__.a', 'constructor'] });
  assert.equal(kept(Buffer.from('{"__proto__":{"a":1,"b":2},"x":1}'))?.toString(), '{"__proto__":{"a":1}}');
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});

test('numbers keep all their digits', () => {
  const text = compileJsonText({ wrap: 'd' });
  const numbers = '{"id":12345678901234567890,"e":1e400,"p":0.1000000000000000055511151231257828,"n":-5.25}';
  assert.equal(text(Buffer.from(numbers))?.toString(), `{"d":${numbers}}`);
});

test('what is no JSON, or too deep, has no shape', () => {
  for (const rules of [{ wrap: 'd' }, { deny: ['a'] }]) {
    const text = compileJsonText(rules);
    for (const bad of ['{', '', '{"a":1}x', '['.repeat(65) + ']'.repeat(65), '"\xff']) {
      assert.equal(text(Buffer.from(bad, 'latin1')), undefined);
    }
    assert.ok(text(Buffer.from('['.repeat(64) + ']'.repeat(64))));
  }
});

test('what cannot be meant is refused', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ mapping: { a: 'x', b: 'x' } }, /"a" is named "x" already/],
    [{ allow: ['a', 'b'], mapping: { a: 'b' } }, /"b" is allowed under that name already/],
    [{ mapping: { 'a.*': 'x' } }, /ends with a name/],
    [{ move: { a: 'x', b: 'x' } }, /moved to "x" already/],
    [{ move: { 'a.*.b': 'c.*.b' } }, /each \* in what both paths begin with/],
    [{ move: { a: 'a' } }, /another path/],
    [{ allow: ['a'], deny: ['a'] }, /both allowed and denied/],
    [{ target: 'a.*' }, /one place/],
    [{ flatmap: [{ type: 'del', args: ['a'] }], deny: ['b'] }, /either flatmap/],
    [{ default: { a: 1 }, constant: { a: 2 } }, /constant is set/],
    [{ deny: ['a..b'] }, /expected a path/],
    [{ deny: ['a\\b'] }, /backslash/],
  ];
  for (const [rules, message] of cases) assert.match(faultsOf(rules).join('\n'), message);
  assert.deepEqual(faultsOf({ allow: ['a', 'b'], mapping: { a: 'b', b: 'a' } }), []);
});

/** The naive model: every place of a value with the way to it, against every path. */
type Way = readonly { readonly key: string; readonly isItem: boolean }[];

function reaches(path: readonly PathStep[], way: Way, whole: boolean): boolean {
  const [first, ...rest] = way;
  const [step, ...steps] = path;
  if (first === undefined) return whole ? step === undefined : true;
  if (step === undefined) return false;
  if (step === EACH) return reaches(steps, rest, whole);
  if (first.isItem) {
    return indexOf(step) === undefined
      ? reaches(path, rest, whole)
      : step === first.key && reaches(steps, rest, whole);
  }
  return step === first.key && reaches(steps, rest, whole);
}

const GONE = Symbol('gone');

function model(
  value: unknown,
  way: Way,
  decide: (way: Way, value: unknown) => 'whole' | 'gone' | 'inside',
): unknown {
  const decision = decide(way, value);
  if (decision !== 'inside') return decision === 'gone' ? GONE : value;
  if (Array.isArray(value)) {
    return value
      .map((item, i) => model(item, [...way, { key: String(i), isItem: true }], decide))
      .filter((item) => item !== GONE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, below]) => [
    key,
    model(below, [...way, { key, isItem: false }], decide),
  ]);
  return Object.fromEntries(entries.filter(([, below]) => below !== GONE));
}

const key = fc.constantFrom('a', 'b', 'c', '0', '1');
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, 1, 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const path = fc
  .array(fc.constantFrom('a', 'b', 'c', '*', '0', '1'), { minLength: 1, maxLength: 4 })
  .map((steps) => steps.join('.'));
const somePaths = fc.array(path, { minLength: 1, maxLength: 4 });

describe('against a naive model', () => {
  test('deny', () => {
    fc.assert(
      fc.property(value, somePaths, (given, deny) => {
        const parsed = deny.map(parseJsonPath);
        const expected = model(given, [], (way) =>
          parsed.some((one) => reaches(one, way, true)) ? 'gone' : 'inside',
        );
        assert.deepEqual(compileJsonRules({ deny })(given), expected);
      }),
      { numRuns: 500 },
    );
  });

  test('allow', () => {
    fc.assert(
      fc.property(value, somePaths, (given, allow) => {
        const parsed = allow.map(parseJsonPath);
        const expected = model(given, [], (way, here) => {
          if (parsed.some((one) => reaches(one, way, true))) return 'whole';
          if (!parsed.some((one) => reaches(one, way, false))) return 'gone';
          return here === null || typeof here === 'object' ? 'inside' : 'gone';
        });
        assert.deepEqual(compileJsonRules({ allow })(given), expected === GONE ? null : expected);
      }),
      { numRuns: 500 },
    );
  });

  test('members cut out of bytes are those that are taken out of values', () => {
    const plain = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((steps) => steps.join('.'));
    fc.assert(
      fc.property(value, fc.array(plain, { minLength: 1, maxLength: 3 }), (given, deny) => {
        const bytes = compileJsonText({ deny })(Buffer.from(JSON.stringify(given)));
        assert.deepEqual(bytes && parseJson(bytes, 64)?.value, compileJsonRules({ deny })(given));
      }),
      { numRuns: 500 },
    );
  });

  test('constants and defaults are there afterwards, and nothing else has changed', () => {
    fc.assert(
      fc.property(
        value,
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom('a', 'b', 'c'),
        (given, outer, inner) => {
          const before = structuredClone(given);
          const result = compileJsonRules({ constant: { [`${outer}.${inner}`]: 'k' } })(given);
          const without = (one: unknown): unknown =>
            compileJsonRules({ deny: [outer] })(structuredClone(one));
          if (typeof before === 'object' && before !== null)
            assert.deepEqual(without(result), without(before));
          if (typeof before === 'object' && before !== null && !Array.isArray(before)) {
            const kept = compileJsonRules({ target: outer })(result);
            if (!Array.isArray(kept)) assert.equal(compileJsonRules({ target: inner })(kept), 'k');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('whatever the rules and the value, the result is a value of JSON', () => {
  const values = fc.dictionary(path, value, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
  const rules = fc.record(
    {
      allow: somePaths,
      deny: somePaths,
      mapping: fc.dictionary(path, key, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
      move: fc.dictionary(path, path, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
      default: values,
      constant: values,
      wrap: key,
    },
    { requiredKeys: [] },
  );
  let tried = 0;
  fc.assert(
    fc.property(value, rules, (given, one) => {
      const config = jsonRulesConfig.safeParse(one);
      if (!config.success) return;
      tried += 1;
      const result = compileJsonRules(config.data)(structuredClone(given));
      assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
    }),
    { numRuns: 1500 },
  );
  assert.ok(tried > 100, `${tried} were rules`);
});
