import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parse } from 'graphql';
import { composeFederation } from '../testing/federation-run.fixture.ts';
import { SubgraphSchemas } from './subgraph-schemas.ts';

let schemas: SubgraphSchemas;
before(async () => {
  const composed = await composeFederation({
    a: `
      type Query { u: U n: N t(x: Int): T }
      union U = T | V
      type T @key(fields: "id") { id: ID! label: String! far: Int @external sum: Int @requires(fields: "far") }
      type V @key(fields: "id") { id: ID! label: String color: Color }
      interface N @key(fields: "id") { id: ID! }
      type M implements N @key(fields: "id") { id: ID! }
      enum Color { RED HIDDEN @inaccessible }`,
    b: `
      type Query { v: U }
      union U = V | W
      type T @key(fields: "id") { id: ID! far: Int }
      type V @key(fields: "id") { id: ID! own: Int @inaccessible }
      type W { w: Int }
      type N @key(fields: "id") @interfaceObject { id: ID! more: Int }`,
  });
  assert.ok('supergraphSdl' in composed, JSON.stringify(composed));
  schemas = new SubgraphSchemas(parse(composed.supergraphSdl));
});

const fault = (subgraph: string, text: string) => schemas.fault(subgraph, parse(text));

test('a subgraph takes what its own schema has, entities and interface objects included', () => {
  assert.equal(
    fault('a', 'query ($x: Int) { t(x: $x) { id far sum } u { ... on T { label } __typename } }'),
    undefined,
  );
  assert.equal(fault('a', '{ n { ... on M { id } } u { ... on V { color } } }'), undefined);
  const entities =
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on N { more } ... on V { own } } }';
  assert.equal(fault('b', entities), undefined);
});

test('and refuses what it has not: fields, members of a union, objects without a selection', () => {
  assert.match(fault('b', '{ t { id } }') ?? '', /Cannot query field "t"/);
  assert.match(fault('b', '{ v { ... on T { id } } }') ?? '', /can never be of type "T"/);
  assert.match(fault('a', '{ u { ... on W { w } } }') ?? '', /Unknown type "W"/);
  assert.match(fault('a', '{ t }') ?? '', /must have a selection/);
});

test('one name for fields of two types that cannot be told by one', () => {
  const text = '{ u { ... on T { label } ... on V { label } } }';
  assert.match(
    fault('a', text) ?? '',
    /conflict because they return conflicting types "String!" and "String"/,
  );
});
