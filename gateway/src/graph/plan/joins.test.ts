import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, parse } from 'graphql';
import { applications, subgraphNames } from './joins.ts';

const supergraph = parse(`
  enum join__Graph { A_1 @join__graph(name: "a-1", url: "") B }
  type T @join__type(graph: A_1, key: "id", resolvable: false) @join__type(graph: B, key: "code", extension: true) { id: ID! }`);

test('subgraphs go by the names that plans use', () => {
  assert.deepEqual(
    [...subgraphNames(supergraph)],
    [
      ['A_1', 'a-1'],
      ['B', 'B'],
    ],
  );
});

test('each application of a directive is read for itself: names and texts, and whether a flag is up', () => {
  const type = supergraph.definitions.find((one) => one.kind === Kind.OBJECT_TYPE_DEFINITION);
  const joins = applications(type?.directives, 'join__type');
  assert.deepEqual(
    joins.map((join) => [join.text('graph'), join.text('key'), join.text('resolvable')]),
    [
      ['A_1', 'id', undefined],
      ['B', 'code', undefined],
    ],
  );
  assert.deepEqual(
    joins.map((join) => [join.has('resolvable'), join.has('extension'), join.has('key')]),
    [
      [false, false, true],
      [false, true, true],
    ],
  );
  assert.deepEqual(applications(undefined, 'join__type'), []);
});
