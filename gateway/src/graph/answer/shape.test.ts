import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { fragmentsOf, resolveOperation } from '../document/document.ts';
import { type SelectionShape, shapeOperation } from './shape.ts';

const schema = buildSchema(`
  type Query { node: Node nodes: [[Node!]]! all: [Any] u: User }
  interface Node { id: ID! } enum E { A B } scalar Date
  type User implements Node { id: ID! e: E! at: Date best: User n: Int f: Float b: Boolean s: String }
  type Post implements Node { id: ID! by: User }
  union Any = User | Post`);

function shape(text: string): SelectionShape {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return shapeOperation(schema, resolveOperation(operation, fragmentsOf(document), {}), new Set(['id']));
}

function keys(selection: SelectionShape | undefined, type: string): string[] | undefined {
  return selection?.byType.get(type)?.map((field) => field.key);
}

function below(selection: SelectionShape, key: string, type = 'Query'): SelectionShape {
  let value = selection.byType.get(type)?.find((field) => field.key === key)?.value;
  while (value?.kind === 'list') value = value.item;
  assert.ok(value?.kind === 'object');
  return value.selection;
}

test('fields by type, in the order of their first mention, merged by key', () => {
  const node = below(
    shape(
      '{ node { ... on Post { by { id } } id ...F t: __typename } } fragment F on User { n id best { n } ... on Node { id } best { s } }',
    ),
    'node',
  );
  assert.deepEqual(keys(node, 'User'), ['id', 'n', 'best', 't']);
  assert.deepEqual(keys(node, 'Post'), ['by', 'id', 't']);
  assert.deepEqual(
    node.anyType.map((field) => field.key),
    ['id', 't'],
  );
  assert.deepEqual(keys(below(node, 'best', 'User'), 'User'), ['n', 's']);
});

test('types of values, with their nulls and lists', () => {
  const root = shape('{ nodes { id } u { e at n f b s id: s } }');
  const [nodes] = root.byType.get('Query') ?? [];
  assert.deepEqual([nodes?.value.kind, nodes?.value.nonNull], ['list', true]);
  assert.ok(nodes?.value.kind === 'list' && nodes.value.item.kind === 'list');
  assert.equal(nodes.value.item.nonNull, false);
  assert.equal(nodes.value.item.item.nonNull, true);
  const user = below(root, 'u').byType.get('User') ?? [];
  assert.deepEqual(
    user.map(({ value }) => (value.kind === 'leaf' ? value.leaf : value.kind)),
    ['enum', 'custom', 'int', 'float', 'boolean', 'string', 'string'],
  );
  assert.deepEqual(user.map((field) => field.source).at(-1), '_internal_fd_id');
});

test('a union has no field of its own but the type', () => {
  const all = below(shape('{ all { __typename ... on User { n } } }'), 'all');
  assert.deepEqual([keys(all, 'User'), keys(all, 'Post')], [['__typename', 'n'], ['__typename']]);
});

test('a place that is reached through many types is shaped once', () => {
  const node = below(
    shape('{ all { ... on Node { ... on User { best { n } } } ... on User { best { n } } } }'),
    'all',
  );
  assert.equal(node.byType.size, 2);
  const twice = shape('{ a: u { ...F } b: u { ...F } } fragment F on User { best { n } }');
  assert.equal(below(below(twice, 'a'), 'best', 'User'), below(below(twice, 'b'), 'best', 'User'));
});
