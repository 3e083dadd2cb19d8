import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { systemClock } from '../core/clock.ts';
import { ALL_FAULTS_BYTES, type Check, Checks } from './compile.ts';
import { Documents } from './documents.ts';

async function checkOf(schema: unknown): Promise<Check> {
  const documents = await Documents.inline(schema, 'body');
  const checks = new Checks({
    documents,
    direction: 'request',
    isOldDialect: false,
    isStrict: true,
    takesAnyPattern: false,
  });
  const check = checks.add(documents.root);
  await checks.compile(systemClock);
  return check;
}

const BODY = { in: 'body' } as const;

test('all faults of a small value, the first of a large one', async () => {
  const check = await checkOf({ type: 'array', items: { type: 'string' } });
  assert.equal(check([1, 'a', 2], 9, BODY)?.length, 2);
  assert.equal(check([1, 'a', 2], ALL_FAULTS_BYTES + 1, BODY)?.length, 1);
  assert.equal(check(['a'], 5, BODY), undefined);
});

test('members of a prototype are none', async () => {
  const check = await checkOf({ type: 'object', required: ['toString'], additionalProperties: false });
  assert.deepEqual(check({}, 2, BODY)?.[0]?.pointer, '/toString');
  assert.equal(check(JSON.parse('{"toString":1,"__proto__":1}'), 2, BODY)?.length, 2);
});

test('two patterns are two', async () => {
  const check = await checkOf({ prefixItems: [{ pattern: '^a$' }, { pattern: '^b$' }] });
  assert.equal(check(['a', 'b'], 5, BODY), undefined);
  assert.equal(check(['b', 'a'], 5, BODY)?.length, 2);
});

test('items that must differ take linear time, however their members are ordered', async () => {
  const check = await checkOf({ uniqueItems: true });
  assert.equal(
    check(
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      5,
      BODY,
    )?.length,
    1,
  );
  assert.equal(
    check([1, '1', [1], ['1'], null, 'null', { a: 1 }, '{"a":1}', true, 'true'], 5, BODY),
    undefined,
  );
  const many = Array.from({ length: 50_000 }, (_, i) => ({ i }));
  assert.equal(check(many, 5, BODY), undefined);
  assert.equal(check([...many, { i: 1 }], 5, BODY)?.length, 1);
});

test('a schema that tries everything at every level has a budget', async () => {
  const check = await checkOf({
    anyOf: [
      { type: 'integer' },
      { type: 'array', items: { $ref: '#' }, minItems: 1, maxItems: 1 },
      { type: 'array', prefixItems: [{ $ref: '#' }], minItems: 1 },
    ],
  });
  let value: unknown = 'x';
  for (let i = 0; i < 60; i += 1) value = [value];
  assert.deepEqual(check(value, 200, BODY), [{ in: 'body', pointer: '', detail: 'takes too long to check' }]);
  assert.equal(check([[1]], 5, BODY), undefined);
});

test('property: the verdict is that of ajv', async () => {
  const leaf = fc.oneof(
    fc.record({ type: fc.constantFrom('string', 'integer', 'boolean', 'null', 'number') }),
    fc.record({
      enum: fc
        .array(fc.oneof(fc.integer({ max: 3, min: 0 }), fc.constantFrom('a', 'b')), {
          minLength: 1,
          maxLength: 3,
        })
        .map((list) => [...new Set(list)]),
    }),
    fc.record({ minimum: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ pattern: fc.constantFrom('^a', 'b$', '[ab]{2}') }),
    fc.record({ uniqueItems: fc.boolean() }),
    fc.record({ required: fc.constantFrom(['a'], ['b', 'a']) }),
    fc.boolean(),
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema')),
        additionalProperties: tie('schema'),
      }),
      fc.record({ items: tie('schema'), type: fc.constant('array') }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      fc.record({ not: tie('schema') }),
    ),
  }));
  const value = fc.jsonValue({ maxDepth: 3 });
  const near = fc.oneof(
    value,
    fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.constantFrom<unknown>('a', 'ab', 1, 2.5, null, true), value),
    ),
    fc.array(fc.constantFrom<unknown>('a', 1, 1, null), { maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(schema, fc.array(near, { minLength: 1, maxLength: 10 }), async (one, values) => {
      const check = await checkOf(one);
      const theirs = new Ajv2020({
        strict: false,
        ownProperties: true,
        validateSchema: false,
        meta: false,
      }).compile(Object(one) === one ? Object(one) : Boolean(one));
      for (const sent of values) {
        assert.equal(
          check(sent, 0, BODY) === undefined,
          theirs(sent),
          `${JSON.stringify(one)} on ${JSON.stringify(sent)}`,
        );
      }
    }),
    { numRuns: 30 },
  );
});
