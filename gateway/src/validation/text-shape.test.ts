import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Documents } from './documents.ts';
import { readItems, readMembers, readScalar, shapeOf, type TextShape } from './text-shape.ts';

async function shape(schema: Record<string, unknown>): Promise<TextShape> {
  const documents = await Documents.inline(schema, 'query');
  return shapeOf(documents, documents.root);
}

test('a text is what the schema means by it', async () => {
  for (const [schema, text, value] of [
    [{ type: 'integer' }, '-12', -12],
    [{ type: 'integer' }, '1e3', '1e3'],
    [{ type: 'integer' }, '0x10', '0x10'],
    [{ type: 'integer' }, '1.0', '1.0'],
    [{ type: 'integer' }, '', ''],
    [{ type: 'number' }, '1e3', 1000],
    [{ type: 'number' }, '1e999', '1e999'],
    [{ type: 'number' }, 'NaN', 'NaN'],
    [{ type: 'number' }, '.5', '.5'],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'TRUE', 'TRUE'],
    [{ type: 'boolean' }, '1', '1'],
    [{ type: ['integer', 'null'] }, '', null],
    [{ type: ['string', 'null'] }, '', ''],
    [{ type: 'string' }, '5', '5'],
    [{ enum: [1, 2] }, '2', 2],
    [{ const: 'true' }, 'true', 'true'],
    [{}, '5', '5'],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, '5', 5],
  ] as const) {
    assert.deepEqual(readScalar(text, await shape(schema)), value, `${JSON.stringify(schema)} ${text}`);
  }
});

test('members and items, through references and branches', async () => {
  const it = await shape({
    allOf: [{ $ref: '#/$defs/a' }, { properties: { b: { type: 'array', items: { type: 'boolean' } } } }],
    $defs: { a: { properties: { a: { type: 'integer' } }, additionalProperties: { type: 'number' } } },
  });
  assert.deepEqual([...it.types], ['object']);
  const value = readMembers(
    [
      ['a', '1'],
      ['c', '1.5'],
      ['__proto__', '2'],
    ],
    it,
  );
  assert.deepEqual(Object.entries(value), [
    ['a', 1],
    ['c', 1.5],
    ['__proto__', 2],
  ]);
  const list = it.properties.get('b');
  assert.ok(list);
  assert.deepEqual(readItems(['true', 'x'], list), [true, 'x']);
});

test('a schema that holds itself has an end', async () => {
  const it = await shape({ type: 'object', properties: { self: { $ref: '#' } } });
  assert.ok(it.properties.get('self')?.properties.get('self'));
});
