import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { parseRestOperations } from '../../graph/operations/rest-operation.ts';
import { operationVariables } from './operation-variables.ts';

const [operation] = parseRestOperations(`
  query A($id: ID!, $n: Int!, $f: Float, $b: Boolean, $kinds: [Kind!], $where: Where) @rest(path: "/a/{id}") { a }
`).operations;

function read(query: string, id = 'x', body?: unknown) {
  assert.ok(operation);
  const route = { template: '', kind: '', params: { id }, chain: async () => assert.fail() };
  return operationVariables(operation, { query, route }, body);
}

test('texts are read as the types of variables say; the path stands above the query, that above the body', () => {
  assert.deepEqual(read('n=3&f=1.5&b=true&kinds=A&kinds=B&where={"x":1}&id=y', 'a%2Fb', { n: 9 }), {
    id: 'a/b',
    n: 3,
    f: 1.5,
    b: true,
    kinds: ['A', 'B'],
    where: { x: 1 },
  });
  assert.deepEqual(read('', 'x', { n: 1, where: { x: [1] } }), { id: 'x', n: 1, where: { x: [1] } });
});

test('what is missing, unknown or of another type is named', () => {
  const faults = (query: string, body?: unknown) => {
    try {
      return read(query, 'x', body);
    } catch (error) {
      assert.ok(error instanceof FrontdeskError);
      const { errors } = error.members;
      return Array.isArray(errors) ? errors.map(({ detail }) => detail) : error.code;
    }
  };
  assert.deepEqual(faults(''), ['n is missing']);
  assert.deepEqual(faults('n=x&m=1'), ['There is no m', 'n is not of its type']);
  assert.deepEqual(faults('n=1&n=2'), ['n is not of its type']);
  assert.deepEqual(faults('n=1', { m: 1 }), ['There is no m']);
  assert.equal(faults('n=1', [1]), 'bad_request');
});
