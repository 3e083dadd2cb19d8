import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse, print, stripIgnoredCharacters } from 'graphql';
import { type Filtered, filterOperation } from './authorization-filter.ts';
import { fragmentsOf, resolveOperation } from './document.ts';

const schema = buildSchema(`
  type Query { node: Node a: A both: [Both] }
  interface Node { id: ID x: Int next: Node } interface Other { x: Int y: Int }
  type A implements Node & Other { id: ID x: Int y: Int next: Node }
  type B implements Node & Other { id: ID x: Int y: Int next: Node }
  type C implements Node { id: ID x: Int next: Node }
  union Both = A | B`);

/** What is left of a query without these fields (`Type.field`). */
function filter(query: string, ...without: string[]): Filtered & { readonly text: string } {
  const document = parse(query, { noLocation: true });
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const resolved = resolveOperation(operation, fragmentsOf(document), {});
  const filtered = filterOperation(schema, resolved, {
    field: (type, field) => without.includes(`${type}.${field}`),
  });
  return { ...filtered, text: stripIgnoredCharacters(print(filtered.operation)).replaceAll(' ...', '...') };
}

const denied = ({ denied }: Filtered): string[] =>
  denied.map(({ path, coordinate }) => `${path.join('.')} ${coordinate}`);

test('a field of an object is gone, with its alias told', () => {
  const filtered = filter('{ a { id n: x } b: a { x } }', 'A.x');
  assert.equal(filtered.text, '{a{id}b:a}');
  assert.deepEqual(denied(filtered), ['a.n A.x', 'b.x A.x']);
});

test('a field of an interface stays on the types that show it', () => {
  assert.equal(filter('{ node { id x } }', 'B.x').text, '{node{__typename id...on A{x}...on C{x}}}');
  assert.equal(filter('{ node { id x } }', 'A.x', 'B.x', 'C.x').text, '{node{id}}');
  assert.equal(filter('{ node { id x } }').text, '{node{id x}}');
});

test('fragments narrow what may stand there', () => {
  const query =
    '{ node { ... on Other { x y } ... on C { x } ...F } both { ... on A { x } } } fragment F on Node { ... on B { ... on Other { y } } }';
  const filtered = filter(query, 'C.x');
  assert.equal(filtered.text, '{node{...on Other{x y}...on Node{...on B{...on Other{y}}}}both{...on A{x}}}');
  assert.deepEqual(denied(filtered), ['node.x C.x']);
  const other = filter(query, 'B.y');
  assert.equal(other.text, '{node{...on Other{__typename x...on A{y}}...on C{x}}both{...on A{x}}}');
});

test('fields for the same types go together', () => {
  const { text } = filter('{ node { x id next { id } } }', 'B.x', 'B.next', 'B.id');
  assert.equal(
    text,
    '{node{__typename...on A{x id next{__typename...on A{id}...on C{id}}}...on C{x id next{__typename...on A{id}...on C{id}}}}}',
  );
});

test('asking type by type does not grow without measure, and shared fragments are filtered once', () => {
  const nested = `{ node ${'{ next '.repeat(30)}{ x }${' }'.repeat(30)} }`;
  assert.throws(() => filter(nested, 'B.next'), { code: 'invalid_query' });
  const fragments = Array.from(
    { length: 20 },
    (_, i) => `fragment F${i} on A { next { ...on A { ...F${i + 1} ...F${i + 1} } } }`,
  );
  const doubling = `{ a { ...F0 } } ${fragments.join(' ')} fragment F20 on A { x }`;
  assert.throws(() => filter(doubling, 'A.y'), { code: 'invalid_query' });
});

test('no more places are told than fifty', () => {
  const fields = Array.from({ length: 80 }, (_, i) => `f${i}: x`).join(' ');
  assert.equal(filter(`{ a { ${fields} } }`, 'A.x').denied.length, 50);
});
