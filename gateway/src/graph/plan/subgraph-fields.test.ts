import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { SubgraphFields } from './subgraph-fields.ts';

const fields = new SubgraphFields(
  parse(`
    schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Root }
    enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
    type Root @join__type(graph: A) { t: T, provided: T @join__field(graph: A, provides: "shared { w }") }
    type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
      id: ID!
      far: Int @join__field(graph: A, external: true) @join__field(graph: B)
      sum: Int @join__field(graph: A, requires: "far box(of: 2) { ... on Box { w } __typename }")
      taken: Int @join__field(graph: A, usedOverridden: true) @join__field(graph: B, override: "a")
      varied: [N!]! @join__field(graph: A) @join__field(graph: B, type: "[M]")
      nowhere: Int @join__field
    }
    type Box @join__type(graph: B) { w: Int }
    interface N @join__type(graph: A) { id: ID! }
    type M implements N @join__type(graph: A) { id: ID! }
    union U = T | M`),
);

test('a field is known in the subgraphs that have it, under the names that plans use for them', () => {
  assert.equal(fields.join('T', 'id', 'a')?.type, 'ID');
  assert.equal(fields.join('T', 'id', 'b')?.external, false);
  assert.equal(fields.join('Box', 'w', 'a'), undefined);
  assert.equal(fields.join('T', 'nowhere', 'a'), undefined);
  assert.equal(fields.join('T', 'unknown', 'a'), undefined);
});

test('what is external, overridden, of another type or required there is told', () => {
  assert.equal(fields.join('T', 'far', 'a')?.external, true);
  assert.equal(fields.join('T', 'far', 'b')?.external, false);
  assert.equal(fields.join('T', 'taken', 'a'), undefined);
  assert.equal(fields.join('T', 'taken', 'b')?.type, 'Int');
  assert.equal(fields.join('T', 'varied', 'a')?.type, 'N');
  assert.equal(fields.join('T', 'varied', 'b')?.type, 'M');
  const sum = fields.join('T', 'sum', 'a');
  assert.deepEqual(sum?.requires, ['far', 'box', 'box.w']);
  assert.equal(sum?.required.get('box'), 'box(of: 2)');
  assert.equal(fields.join('Root', 'provided', 'a')?.provides.length, 1);
});

test('root types go by the schema; objects, interfaces and unions want a selection', () => {
  assert.equal(fields.rootType('query'), 'Root');
  assert.equal(fields.rootType('mutation'), 'Mutation');
  for (const type of ['T', 'N', 'U']) assert.equal(fields.isComposite(type), true, type);
  assert.equal(fields.isComposite('Int'), false);
});
