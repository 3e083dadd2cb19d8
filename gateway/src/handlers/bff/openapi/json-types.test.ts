import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { JsonTypes } from './json-types.ts';

test('types are schemas: nullable ones say so, and those that hold each other are named', () => {
  const schema = buildSchema(`
    scalar DateTime
    scalar Cents
    type Query { node: Node }
    type Node { next: Node at: DateTime price: Cents! tags: [String!] either: Either! old: Int @deprecated }
    interface Either { id: ID! }
    type One implements Either { id: ID! }
  `);
  const types = new JsonTypes(schema);
  const node = schema.getQueryType()?.getFields().node?.type ?? assert.fail();
  assert.deepEqual(types.schemaOf(node), {
    anyOf: [{ $ref: '#/components/schemas/Node' }, { type: 'null' }],
  });
  assert.deepEqual(Object.keys(types.components), ['Either', 'Node', 'One']);
  assert.deepEqual(types.components.Node, {
    type: 'object',
    required: ['price', 'either'],
    properties: {
      next: { anyOf: [{ $ref: '#/components/schemas/Node' }, { type: 'null' }] },
      at: { type: ['string', 'null'], format: 'date-time' },
      price: { 'x-graphql-scalar': 'Cents' },
      tags: { type: ['array', 'null'], items: { type: 'string' } },
      either: { $ref: '#/components/schemas/Either' },
      old: { type: ['integer', 'null'], format: 'int32', deprecated: true },
    },
  });
});
