import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldNode, Kind, type OperationDefinitionNode, parse, visit } from 'graphql';
import { clientKey, plannerDocument } from './document.ts';
import { SeparateKeys } from './separate-keys.ts';

function operationOf(text: string): OperationDefinitionNode {
  const [operation] = parse(text, { noLocation: true }).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return operation;
}

test('a key with one meaning stays; of several, all but the first are told apart', () => {
  assert.equal(
    SeparateKeys.of(operationOf('{ n { a: x b: x c: __typename ... on T { a: x } } }')),
    undefined,
  );
  const operation = operationOf(
    '{ n { ... on A { a: x y(z: 1) } ... on B { a: w y(z: 2) } ... on C { a: x } } }',
  );
  const keys = SeparateKeys.of(operation);
  const meanings: (number | undefined)[] = [];
  visit(operation, { Field: (field: FieldNode) => void meanings.push(keys?.of(field)) });
  assert.deepEqual(meanings, [undefined, undefined, undefined, 1, 1, undefined]);
});

test('planners see the keys apart, clients are told their own', () => {
  const operation = operationOf('{ n { ... on A { a: x y(z: 1) } ... on B { a: w y(z: 2) } } }');
  const text = plannerDocument(operation, new Set(), SeparateKeys.of(operation)) ?? '';
  assert.match(text, /on A \{\s+a: x\s+y\(z: 1\)/);
  assert.match(text, /on B \{\s+_internal_fd_1_a: w\s+_internal_fd_1_y: y\(z: 2\)/);
  assert.equal(clientKey('_internal_fd_1_a'), 'a');
  assert.equal(clientKey('_internal_fd_a1_b'), 'a1_b');
});
