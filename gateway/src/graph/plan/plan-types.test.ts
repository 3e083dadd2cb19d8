import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { composed } from '../testing/composed.fixture.ts';
import { PlanTypes } from './plan-types.ts';

const { supergraphSdl } = await composed({
  shop: {
    sdl: `schema { query: Root } type Root { find: Found thing: Thing same: Tool @shareable }
      union Found = Tool | Toy interface Thing { id: ID! }
      type Tool implements Thing @key(fields: "id") { id: ID! weight: Int @external price: Int @requires(fields: "weight") }
      type Toy implements Thing { id: ID! size: Int }`,
  },
  store: {
    sdl: `type Query { same: Found @shareable } union Found = Tool | Crate type Crate { n: Int }
      type Tool @key(fields: "id") { id: ID! weight: Int }`,
  },
});
const types = new PlanTypes(parse(supergraphSdl));

test('what may stand at a field depends on the subgraphs that answer it', () => {
  assert.deepEqual(types.possibleAt('Query', 'find', ['shop']), ['Tool', 'Toy']);
  assert.deepEqual(types.possibleAt('Query', 'same', ['store']), ['Tool', 'Crate']);
  assert.deepEqual(types.possibleAt('Query', 'same', ['shop']), ['Tool'], 'its own type there');
  assert.deepEqual(types.possibleAt('Query', 'same', ['shop', 'store']), ['Tool']);
  assert.deepEqual(types.possibleAt('Query', 'none', ['shop']), []);
});

test('a type condition is read as the subgraph knows it', () => {
  assert.equal(types.holds('Crate', 'Found'), true);
  assert.equal(types.holds('Crate', 'Found', 'shop'), false);
  assert.equal(types.holds('Tool', 'Thing', 'store'), true, 'it does not know the interface');
  assert.equal(types.holds('Tool', 'Toy'), false);
});

test('a subgraph resolves alone what is neither external nor requires anything', () => {
  assert.equal(types.resolves('Tool', 'id', 'shop'), true);
  assert.equal(types.resolves('Tool', 'weight', 'shop'), false);
  assert.equal(types.resolves('Tool', 'weight', 'store'), true);
  assert.equal(types.resolves('Tool', 'price', 'shop'), false);
  assert.equal(types.resolves('Toy', 'size', 'store'), false);
});

test('root types are those of the schema, where there are any', () => {
  assert.equal(types.rootType('query'), 'Query');
  assert.equal(types.rootType('mutation'), undefined);
});
