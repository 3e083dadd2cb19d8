import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocumentNode, Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import {
  clientKey,
  conditionVariables,
  fragmentsOf,
  introspectionDocument,
  plannerDocument,
  resolveOperation,
  sourceKey,
} from './document.ts';

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const [definition] = document.definitions;
  assert.ok(definition?.kind === Kind.OPERATION_DEFINITION);
  return definition;
}

const flat = (text: string | undefined) => text?.replace(/\s+/g, ' ');

function planned(
  text: string,
  variables: Record<string, unknown> = {},
  names: string[] = [],
): string | undefined {
  const document = parse(text);
  const resolved = resolveOperation(operationOf(document), fragmentsOf(document), variables);
  return flat(plannerDocument(resolved, new Set(names)));
}

test('conditions are resolved, spreads replaced, unused variables dropped', () => {
  const text = `query Q($a: Boolean!, $b: Boolean!, $n: Int = 3) {
    x @include(if: $a) { k } ...F @skip(if: $b) y(n: $n) @include(if: true) z @skip(if: true)
  } fragment F on Query { w(a: $a) ... @include(if: $a) { v } }`;
  assert.deepEqual(conditionVariables(parse(text)), ['a', 'b']);
  assert.equal(planned(text, { a: true, b: true }), 'query Q($n: Int = 3) { x { k } y(n: $n) }');
  assert.equal(
    planned(text, { a: true, b: false }),
    'query Q($a: Boolean!, $n: Int = 3) { x { k } ... on Query { w(a: $a) ... { v } } y(n: $n) }',
  );
  assert.equal(
    planned(text, { a: false, b: false }),
    'query Q($a: Boolean!, $n: Int = 3) { ... on Query { w(a: $a) } y(n: $n) }',
  );
});

test('an object whose fields are all skipped is still asked for', () => {
  assert.equal(planned('{ a { b @skip(if: true) } }'), '{ a { __typename } }');
});

test('introspection and the type of the root stay here', () => {
  assert.equal(
    planned(
      '{ __typename t: __typename __schema { types { name } } ... on Query { __type(name: "A") { name } } }',
    ),
    undefined,
  );
  assert.equal(planned('{ a { t: __typename __typename } __typename }'), '{ a { __typename __typename } }');
  const document = parse(
    'query Q($n: String!) { a x: __type(name: $n) { name } ... { __schema { description } } }',
  );
  const local = introspectionDocument(resolveOperation(operationOf(document), fragmentsOf(document), {}));
  assert.equal(
    flat(local && print(local)),
    'query Q($n: String!) { x: __type(name: $n) { name } __schema { description } }',
  );
  assert.equal(introspectionDocument(operationOf(parse('{ a { __typename } }'))), undefined);
});

test('an alias that is also the name of a field is kept apart, and found again', () => {
  assert.equal(
    planned('{ a { id: name x: name name: name } }', {}, ['id', 'name']),
    '{ a { _internal_fd_id: name x: name name: name } }',
  );
  assert.equal(planned('{ a { __typename: id } }', {}, ['id']), '{ a { _internal_fd___typename: id } }');
  assert.equal(sourceKey('id', 'name', new Set(['id'])), '_internal_fd_id');
  assert.equal(clientKey('_internal_fd_id'), 'id');
  assert.equal(clientKey('id'), 'id');
  assert.equal(sourceKey('_internal_fd_id', 'name', new Set()), '_internal_fd__internal_fd_id');
  assert.equal(clientKey('_internal_fd__internal_fd_id'), '_internal_fd_id');
  assert.equal(
    sourceKey('_internal_', '_internal_', new Set(['_internal_'])),
    '_internal_',
    'a field of that name',
  );
});
