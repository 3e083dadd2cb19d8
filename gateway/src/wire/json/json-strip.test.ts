import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_JSON_DEPTH, makeJsonStripper } from './json-strip.ts';

function strip(paths: readonly string[], text: string): string | undefined {
  const bytes = makeJsonStripper(paths)(Buffer.from(text));
  return bytes && Buffer.from(bytes).toString();
}

test('a bare name goes at every depth, and nothing else changes', () => {
  const text = '{ "id": 1, "secret" : {"a":[1]}, "list":[{"secret":1,"x":2},{"x":3 , "secret":4}] }';
  assert.equal(strip(['secret'], text), '{ "id": 1, "list":[{"x":2},{"x":3 }] }');
});

test('first, last, only and consecutive members leave a valid object', () => {
  assert.equal(strip(['a'], '{"a":1}'), '{}');
  assert.equal(strip(['a'], '{"a":1,"b":2}'), '{"b":2}');
  assert.equal(strip(['a'], '{"b":2,"a":1}'), '{"b":2}');
  assert.equal(strip(['a', 'b'], '{"a":1,"b":2,"c":3}'), '{"c":3}');
  assert.equal(strip(['b', 'c'], '{"a":1,"b":2,"c":3}'), '{"a":1}');
  assert.equal(strip(['a', 'b', 'c'], '{"a":1,"b":2,"c":3}'), '{}');
});

test('a path leads from the top, through arrays', () => {
  assert.equal(
    strip(['user.pin'], '{"pin":1,"user":{"pin":2,"a":{"pin":3}}}'),
    '{"pin":1,"user":{"a":{"pin":3}}}',
  );
  assert.equal(
    strip(['items.price'], '[{"items":[{"price":1,"n":2},[{"price":3}]]}]'),
    '[{"items":[{"n":2},[{}]]}]',
  );
});

test('names are compared after unescaping; duplicates all go', () => {
  assert.equal(strip(['secret'], '{"\\u0073ecret":1,"secret":2,"x":3}'), '{"x":3}');
  assert.equal(strip(['é'], '{"\\u00e9":1,"é":2}'), '{}');
});

test('numbers keep their digits, __proto__ is a name like others', () => {
  assert.equal(strip(['x'], '{"n":12345678901234567890.10,"x":1}'), '{"n":12345678901234567890.10}');
  assert.equal(strip(['__proto__'], '{"__proto__":{"a":1},"b":2}'), '{"b":2}');
});

test('what is not JSON yields nothing', () => {
  const texts = [
    '',
    '{',
    '{"a":1,}',
    '[1,]',
    '{"a" 1}',
    'nul',
    '01',
    '1.',
    '-',
    '"\\x"',
    '"\n"',
    '{}x',
    "{'a':1}",
    '<p>',
  ];
  for (const text of texts) assert.equal(strip(['secret'], text), undefined, text);
  assert.equal(strip(['a'], '['.repeat(MAX_JSON_DEPTH + 1) + ']'.repeat(MAX_JSON_DEPTH + 1)), undefined);
  assert.notEqual(strip(['a'], '['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)), undefined);
});

/** The same by plain means: parse, walk, drop. */
function byHand(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => byHand(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !names.has(key))
      .map(([key, one]) => [key, byHand(one, names)]),
  );
}

test('property: it equals parsing, dropping and writing again', () => {
  const key = fc.constantFrom('a', 'b', 'secret', 'é"\\', '');
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 0, -1.5e30, 'text', 'quote " and \\ back'),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      const stripped = strip(['secret', 'a'], JSON.stringify(value, null, indent));
      assert.deepEqual(
        JSON.parse(stripped ?? ''),
        JSON.parse(JSON.stringify(byHand(value, new Set(['secret', 'a'])))),
      );
    }),
    { numRuns: 500 },
  );
});

test('property: it takes exactly what JSON.parse takes', () => {
  const fragment = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"a"',
    ':',
    ',',
    '1',
    '-',
    '.5',
    'e1',
    'null',
    ' ',
    '"',
    '\\',
    'u00e9',
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 8 }), (fragments) => {
      const text = fragments.join('');
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      assert.equal(strip(['zz'], text) !== undefined, valid, text);
    }),
    { numRuns: 5000 },
  );
});
