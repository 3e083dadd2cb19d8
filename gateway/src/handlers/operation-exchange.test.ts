import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange } from '../core/testing/exchange.ts';
import { OperationExchange } from './operation-exchange.ts';

test('an operation has the place of its socket, and everything else of its own', () => {
  const { exchange, clock } = makeExchange({ target: '/graphql', headers: { 'x-tenant': 't' } });
  const parameters = {
    query: '{ a }',
    documentId: undefined,
    operationName: undefined,
    variables: undefined,
    extensions: undefined,
  };
  const operation = new OperationExchange(
    exchange,
    { parameters, headers: exchange.headers, bytes: 7 },
    clock,
  );
  assert.equal(operation.path, exchange.path);
  assert.equal(operation.host, exchange.host);
  assert.equal(operation.client, exchange.client);
  assert.equal(operation.requestBytes, 7);
  operation.headers.delete('x-tenant');
  assert.equal(exchange.headers.get('x-tenant'), 't', 'a step below may take fields away');
  operation.cancellation.cancel(new Error('over'));
  assert.equal(exchange.cancellation.cancelled, false);
});
