import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { faultsOf, MAX_FAULTS } from './faults.ts';

function of(schema: Record<string, unknown>, value: unknown): string[] {
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  assert.ok(!validate(value));
  return faultsOf(validate.errors ?? [], value, { in: 'body' }).map(
    ({ pointer, detail }) => `${pointer}: ${detail}`,
  );
}

test('each fault points at its place and says what was expected', () => {
  assert.deepEqual(
    of({ properties: { 'a/b': { items: { type: ['integer', 'null'] } } } }, { 'a/b': [1, 'x', null] }),
    ['/a~1b/1: expected integer, null, found string'],
  );
  assert.deepEqual(of({ required: ['a~'] }, {}), ['/a~0: is required']);
  assert.deepEqual(of({ additionalProperties: false }, { x: 1 }), ['/x: is not known here']);
  assert.deepEqual(of({ enum: ['a', 1] }, 'secret'), [': expected one of a, 1']);
  assert.deepEqual(of({ const: 'a' }, 'b'), [': expected "a"']);
  assert.deepEqual(of({ maximum: 5 }, 6), [': expected to be <= 5']);
  assert.deepEqual(of({ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3), [
    ': fits more than one of the alternatives',
  ]);
  assert.deepEqual(of({ not: {} }, 3), [': is of a kind that is excluded']);
  assert.deepEqual(of({ items: false }, [1]), ['/0: must not be here']);
  assert.deepEqual(of(JSON.parse('{"if":{"minimum":1},"then":{"maximum":2}}'), 3), [': expected to be <= 2']);
});

test('no more than twenty, and no long ones', () => {
  assert.equal(
    of(
      { items: { type: 'string' } },
      Array.from({ length: 100 }, () => 1),
    ).length,
    MAX_FAULTS,
  );
  const [fault = ''] = of({ additionalProperties: false }, { ['x'.repeat(10_000)]: 1 });
  assert.ok(fault.length < 300);
  const [choice = ''] = of({ enum: ['y'.repeat(10_000)] }, 1);
  assert.ok(choice.length < 300);
});
