import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  buildSchema,
  type FragmentDefinitionNode,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { selectedKeys, selectionsBelow } from './selected-keys.ts';

const schema = buildSchema(`
  type Query { a: A }
  interface Node { id: ID }
  type A implements Node { id: ID x: A y: Int }
  type B implements Node { id: ID }
  union Any = A | B
`);

function keysOf(text: string, variables: Record<string, unknown> = {}): string[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const sets: SelectionSetNode[] = [];
  for (const definition of parse(text).definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) sets.push(definition.selectionSet);
  }
  const type = schema.getType('A');
  assert.ok(isObjectType(type));
  return [...selectedKeys({ schema, fragments, variables }, type, sets)].map(
    ([key, nodes]) => `${key} ${nodes.length}`,
  );
}

it('gathers by key, in the order of the first', () => {
  assert.deepEqual(keysOf('{ y k: id x { id } y ... { x { y } z: y } }'), ['y 2', 'k 1', 'x 2', 'z 1']);
});

it('writes out the fragments that apply, each once', () => {
  assert.deepEqual(
    keysOf(`{ ...F ...F ... on Any { c: id } ... on B { d: id } ...G }
      fragment F on Node { a: id } fragment G on B { b: id }`),
    ['a 1', 'c 1'],
  );
});

it('decides conditions: what is skipped is out, included or not', () => {
  const text = `query ($v: Boolean!) { a: id @skip(if: $v) b: id @include(if: $v)
    c: id @include(if: true) @skip(if: true) ... @include(if: false) { d: id } ...F @skip(if: $v) ...F }
    fragment F on A { e: id }`;
  assert.deepEqual(keysOf(text, { v: true }), ['b 1', 'e 1']);
  assert.deepEqual(keysOf(text, { v: false }), ['a 1', 'e 1']);
  assert.throws(() => keysOf(text));
});

it('finds what is selected below, wherever it is asked for', () => {
  const [operation] = parse('{ x { id } x { y } }').definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const fields = operation.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one] : []));
  assert.equal(selectionsBelow(fields).length, 2);
});
