import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { DeferMarks, deferKey, deferVariables, hasDefer, splitDefers } from './defer.ts';
import { fragmentsOf, resolveOperation } from './document.ts';

const schema = buildSchema(`
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  type Query { me: User media: [Media] }
  type User implements Node { id: ID name: String friends: [User] }
  interface Node { id: ID }
  union Media = Book | Film
  type Book { id: ID pages: Int } type Film { id: ID }`);

const types = {
  fieldNames: new Set(['id', 'name', 'friends', 'me', 'media', 'pages']),
  matching: (names: readonly string[]) =>
    new Set(names.flatMap((name) => (name === 'Media' ? ['Media', 'Book', 'Film'] : [name]))),
};

function resolve(
  text: string,
  variables = {},
  max = 20,
): { whole: OperationDefinitionNode; marks: DeferMarks } {
  const document = parse(text, { noLocation: true });
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const marks = new DeferMarks(fragmentsOf(document), variables, max);
  return { whole: resolveOperation(operation, fragmentsOf(document), variables, marks), marks };
}

const flat = (node: OperationDefinitionNode): string => print(node).replace(/\s+/g, ' ');

test('whether a document defers, and by which variables', () => {
  const document = parse(
    'query($a: Boolean!, $b: Boolean!) { ... @defer(if: $a) { me { ... @defer(if: $b) @skip(if: $a) { id } } } }',
  );
  assert.equal(hasDefer(document), true);
  assert.equal(hasDefer(parse('{ me { ... @skip(if: true) { id } } }')), false);
  assert.deepEqual(deferVariables(document), ['a', 'b']);
  assert.equal(deferKey(['a', 'b'], { a: true }), '11');
  assert.equal(deferKey(['a', 'b'], { a: false, b: true }), '01');
});

test('each active @defer gets a name; others go', () => {
  const { whole, marks } = resolve(
    'query($x: Boolean!) { me { ... @defer(label: "l") { id } ... @defer(if: false) { name } ... @defer(if: $x) { friends { id } } } }',
    { x: false },
  );
  assert.equal(marks.count, 1);
  assert.equal(marks.label('d0'), 'l');
  assert.equal(
    flat(whole),
    'query ($x: Boolean!) { me { ... @defer(label: "d0") { id } ... { name } ... { friends { id } } } }',
  );
});

test('a fragment that is spread twice is deferred twice; past the limit nothing is', () => {
  const text =
    '{ a: me { ...F } b: me { ...F } } fragment F on User { ...G @defer } fragment G on User { id }';
  assert.match(flat(resolve(text).whole), /"d0".*"d1"/);
  assert.equal(resolve(text, {}, 1).marks.count, 1);
  assert.doesNotMatch(flat(resolve(text, {}, 1).whole), /"d1"/);
});

test('what is put off is taken out, with its way and its types', () => {
  const { whole } = resolve(
    '{ me { name: id ... @defer { friends { id ... on User @defer { name } } } } media { ... on Book { ... @defer { pages } } } }',
  );
  const { primary, deferred } = splitDefers(schema, whole, new Set(['d0', 'd1', 'd2']), types);
  assert.equal(flat(primary), '{ me { name: id } media }');
  const [outer, pages] = deferred;
  assert.ok(outer && pages);
  assert.deepEqual(
    [outer.name, outer.path, outer.types],
    ['d0', [{ key: 'me', source: 'me', types: undefined }], undefined],
  );
  const [inner] = outer.children;
  assert.deepEqual(
    [inner?.name, inner?.path, inner?.types],
    ['d1', [{ key: 'friends', source: 'friends', types: undefined }], undefined],
  );
  assert.equal(pages.type.name, 'Book');
  assert.deepEqual([...(pages.types ?? [])], ['Book']);
});

test('what is not put off stays where it is, and what it holds follows the payload that has it', () => {
  const { whole } = resolve('{ me { ... @defer { friends { id ... @defer { name } } } } }');
  const { primary, deferred } = splitDefers(schema, whole, new Set(['d1']), types);
  assert.equal(flat(primary), '{ me { ... { friends { id } } } }');
  assert.deepEqual(
    deferred.map(({ name, path }) => [name, path.map(({ key }) => key)]),
    [['d1', ['me', 'friends']]],
  );
});

test('the way goes by the keys of the data, too', () => {
  const { whole } = resolve('{ name: me { ... @defer { id } } }');
  const { deferred } = splitDefers(schema, whole, new Set(['d0']), types);
  const [step] = deferred[0]?.path ?? [];
  assert.equal(step?.key, 'name');
  assert.notEqual(step?.source, 'name');
});
