import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, parse, print, type SelectionNode } from 'graphql';
import { PlanTypes } from './plan-types.ts';
import { pruneSelections } from './prune-selection.ts';

const types = new PlanTypes(
  parse(`
    enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
    type Query @join__type(graph: A) @join__type(graph: B) { u: U }
    union U @join__unionMember(graph: A, member: "S") @join__unionMember(graph: B, member: "S")
      @join__unionMember(graph: B, member: "T") = S | T
    type S @join__type(graph: A) @join__type(graph: B) { id: ID! u: U }
    type T @join__type(graph: B) { id: ID! }`),
);

function pruned(text: string, subgraph: string): string {
  const [operation] = parse(text, { noLocation: true }).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const { selections } = operation.selectionSet;
  const left: SelectionNode[] = pruneSelections(selections, ['Query'], subgraph, types);
  return left.map((selection) => print(selection).replaceAll(/\s+/g, ' ')).join(' ');
}

test('a fragment on a type that the subgraph does not have there goes, others stay', () => {
  const text = '{ u { ... on T { id } ... on S { id u { ... on T { id } ... { __typename } } } } }';
  assert.equal(pruned(text, 'a'), 'u { ... on S { id u { ... { __typename } } } }');
  assert.equal(
    pruned(text, 'b'),
    'u { ... on T { id } ... on S { id u { ... on T { id } ... { __typename } } } }',
  );
});

test('what is left empty asks for the type alone', () => {
  assert.equal(
    pruned('{ u { ... on S { u { ... on T { id } } } } }', 'a'),
    'u { ... on S { u { __typename } } }',
  );
  assert.equal(pruned('{ u { ... on T { id } } }', 'a'), 'u { __typename }');
});
