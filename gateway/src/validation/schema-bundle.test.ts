import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Documents } from './documents.ts';
import { type BundleOptions, type Schema, SchemaBundle } from './schema-bundle.ts';

async function bundled(
  schema: unknown,
  options: Partial<BundleOptions> = {},
): Promise<Record<string, Schema>> {
  const documents = await Documents.inline(schema, 'body');
  const bundle = new SchemaBundle({
    documents,
    direction: 'request',
    isOldDialect: false,
    isStrict: true,
    takesAnyPattern: false,
    ...options,
  });
  assert.equal(bundle.add(documents.root), 'd0');
  return bundle.definitions();
}

const VISIT = { 'x-frontdesk-visit': true };

test('references become definitions, circles too; annotations are left out', async () => {
  const schema = {
    title: 'Tree',
    type: 'object',
    properties: { left: { $ref: '#' }, name: { $ref: '#/$defs/n' } },
    $defs: { n: { type: 'string', example: 'x', 'x-own': 1 } },
  };
  assert.deepEqual(await bundled(schema), {
    d0: {
      ...VISIT,
      type: 'object',
      properties: { left: { $ref: '#/$defs/d0' }, name: { $ref: '#/$defs/d1' } },
    },
    d1: { ...VISIT, type: 'string' },
  });
});

test('what only the other direction carries is forbidden and not required', async () => {
  const schema = {
    required: ['id', 'secret', 'name'],
    properties: { id: { $ref: '#/$defs/id' }, secret: { writeOnly: true }, name: {} },
    $defs: { id: { readOnly: true, type: 'integer' } },
  };
  assert.deepEqual((await bundled(schema)).d0, {
    ...VISIT,
    properties: { id: { 'x-frontdesk-read-only': true }, secret: {}, name: {} },
    required: ['secret', 'name'],
  });
  const reply = await bundled(schema, { direction: 'reply' });
  assert.deepEqual(reply.d0, {
    ...VISIT,
    properties: { id: { $ref: '#/$defs/d1' }, secret: { 'x-frontdesk-write-only': true }, name: {} },
    required: ['id', 'name'],
  });
});

test("OpenAPI 3.0's dialect becomes 2020-12", async () => {
  const schema = {
    properties: {
      a: {
        type: 'integer',
        minimum: 1,
        exclusiveMinimum: true,
        maximum: 9,
        exclusiveMaximum: false,
        nullable: true,
      },
      b: { $ref: '#/x-b', description: 'beside it nothing counts', maxLength: 1 },
    },
    'x-b': { type: 'string' },
  };
  const { d0 } = await bundled(schema, { isOldDialect: true });
  assert.deepEqual(d0, {
    ...VISIT,
    properties: {
      a: { type: ['integer', 'null'], exclusiveMinimum: 1, maximum: 9 },
      b: { $ref: '#/$defs/d1' },
    },
  });
});

test('what would silently not be checked is refused by its place', async () => {
  for (const [schema, expected] of [
    [{ properties: { a: { maxLenght: 1 } } }, /#\/properties\/a\/maxLenght: is no keyword/],
    [{ items: { nullable: true } }, /#\/items\/nullable: is of OpenAPI 3\.0/],
    [{ items: { $dynamicRef: '#a' } }, /#\/items\/\$dynamicRef: is not supported/],
    [{ items: { pattern: '(?=a)' } }, /#\/items\/pattern: .*patterns: any/],
    [{ patternProperties: { '\\1': {} } }, /#\/patternProperties\/\\1: /],
    [{ items: 1 }, /#\/items: is no schema/],
    [{ allOf: {} }, /#\/allOf: is no list/],
    [{ properties: [] }, /#\/properties: is no map/],
    [{ required: 'a' }, /#\/required: is no list/],
    [{ $ref: '#/none' }, /refers to "#\/none", which is not there/],
  ] as const) {
    await assert.rejects(bundled(schema), expected, JSON.stringify(schema));
  }
  await bundled({ maxLenght: 1, nullable: true }, { isStrict: false });
  await bundled({ pattern: '(?=a)' }, { takesAnyPattern: true });
  await assert.rejects(bundled({ pattern: '(' }, { takesAnyPattern: true }), /Invalid regular expression/);
});

test('formats that nobody knows are annotations', async () => {
  assert.deepEqual((await bundled({ allOf: [{ format: 'uuid' }, { format: 'isbn' }] })).d0, {
    ...VISIT,
    allOf: [{ format: 'uuid' }, {}],
  });
});
