import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Documents } from '../validation/documents.ts';
import { graphqlType, picked, pickText, type Shape, shapeOf } from './shape.ts';

async function shaped(schema: object): Promise<Shape | undefined> {
  const documents = await Documents.inline(schema, 'schema');
  return shapeOf(documents, documents.root);
}

const ORDER = {
  type: 'object',
  required: ['id', 'total', 'lines', 'note'],
  properties: {
    id: { type: 'string' },
    total: { type: 'integer', format: 'int64' },
    note: { type: ['string', 'null'] },
    lines: {
      type: 'array',
      items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
    },
    buyer: { type: 'object', properties: { name: { type: 'string' } } },
    'x-odd': { type: 'string' },
    any: { oneOf: [] },
  },
};

it('is written alike as GraphQL types, as the code that picks, and as the value', async () => {
  const shape = (await shaped(ORDER)) ?? assert.fail('it has no shape');
  const types = new Map<string, string>();
  assert.equal(graphqlType(shape, 'home order', types), 'HomeOrder');
  assert.deepEqual(
    [...types.values()],
    [
      'type HomeOrder {\n  id: String!\n  total: Float!\n  note: String\n  lines: [HomeOrderLine!]!\n  buyer: HomeOrderBuyer\n}\n',
      'type HomeOrderLine {\n  sku: String!\n}\n',
      'type HomeOrderBuyer {\n  name: String\n}\n',
    ],
  );
  const text = pickText(shape, 'answer', '');
  const pick = new Function('answer', `return (${text});`);
  const full = {
    id: 'o1',
    total: 3,
    note: null,
    lines: [{ sku: 's', secret: 1 }],
    buyer: { name: 'Ada', secret: 1 },
    'x-odd': 'y',
  };
  const shown = { id: 'o1', total: 3, note: null, lines: [{ sku: 's' }], buyer: { name: 'Ada' } };
  assert.deepEqual(pick(full), shown);
  assert.deepEqual(picked(shape, full), shown);
  const { buyer: _, ...alone } = full;
  assert.deepEqual(pick(alone), { ...shown, buyer: null });
  assert.deepEqual(picked(shape, alone), { ...shown, buyer: null });
});

it('holds six members and three levels at most, and ends with a schema that holds itself', async () => {
  const wide = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`m${i}`, { type: 'boolean' }]));
  const shape = await shaped({ type: 'object', properties: wide });
  assert.equal(shape?.kind === 'object' && shape.fields.length, 6);
  const node = {
    type: 'object',
    properties: { n: { type: 'integer' }, next: { $ref: '#' } },
  };
  const depthOf = (one: Shape | undefined): number =>
    one?.kind === 'object' ? 1 + Math.max(...one.fields.map((field) => depthOf(field.shape))) : 0;
  assert.equal(depthOf(await shaped(node)), 3);
});

it('is none where there is a choice, or a list of lists', async () => {
  const list = { type: 'array', items: { type: 'array', items: { type: 'string' } } };
  for (const schema of [{ anyOf: [] }, { const: 1 }, list, { type: 'object' }, {}])
    assert.equal(await shaped(schema), undefined, JSON.stringify(schema));
});
