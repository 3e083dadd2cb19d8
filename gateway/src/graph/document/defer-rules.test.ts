import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildASTSchema, Kind, parse, validate } from 'graphql';
import { DeferRule, withDefer } from './defer-rules.ts';

const { definitions } = parse(`
  directive @defer(label: Int) on FIELD
  directive @stream(initialCount: Int) on FIELD
  directive @kept on FIELD
  type Query { a: Query b: Int } type Mutation { a: Query } type Subscription { a: Query }`);
const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions: withDefer(definitions) });

test('a schema has @defer once, as the RFC defines it, and no @stream', () => {
  const names = schema.getDirectives().map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => ['defer', 'stream', 'kept'].includes(name)),
    ['kept', 'defer'],
  );
  assert.deepEqual(
    schema.getDirective('defer')?.args.map(({ name, type }) => `${name}: ${type}`),
    ['if: Boolean!', 'label: String'],
  );
});

const faults = (text: string): string[] =>
  validate(schema, parse(text), [DeferRule]).map(({ message }) => message);

test('labels are literals and unique', () => {
  assert.deepEqual(
    faults('{ ... @defer { b } ... @defer(label: "x") { b } ... @defer(label: null) { b } }'),
    [],
  );
  assert.match(faults('query($l: String) { ... @defer(label: $l) { b } }').join(), /static string/);
  assert.match(
    faults('{ ... @defer(label: "x") { b } a { ... @defer(label: "x") { b } } }').join(),
    /unique/,
  );
});

test('the root of a mutation or subscription is not put off; what is below may be', () => {
  for (const kind of ['mutation', 'subscription']) {
    assert.match(faults(`${kind} { ... @defer { a { b } } }`).join(), /root type/);
    assert.deepEqual(faults(`${kind} { a { ... @defer { b } } }`), []);
  }
});
