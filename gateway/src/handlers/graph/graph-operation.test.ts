import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange } from '../../core/testing/exchange.ts';
import { OperationBody } from '../operation-body.ts';
import { OperationExchange } from '../operation-exchange.ts';
import { graphOperationHandler } from './graph-operation.ts';
import { ScriptedGraph } from './graph-streams.fixture.ts';

function operation(query: string) {
  const { exchange, clock } = makeExchange({ headers: { 'x-locale': 'de', cookie: 'a' } });
  const rest = {
    documentId: undefined,
    operationName: undefined,
    variables: undefined,
    extensions: undefined,
  };
  const message = { parameters: { query, ...rest }, headers: exchange.headers, bytes: 1 };
  return new OperationExchange(exchange, message, clock);
}

test('the answer is the body of the reply, which has its status', async () => {
  const graph = new ScriptedGraph();
  const handle = graphOperationHandler({ graph, forward: ['x-locale'] });
  const well = operation('{ hello }');
  const { status, body } = await handle(well);
  assert.equal(status, 200);
  assert.ok(body instanceof OperationBody && 'body' in body.answer);
  const bad = operation('{ bad }');
  assert.equal((await handle(bad)).status, 400);
  const [request] = graph.requests;
  assert.deepEqual(request?.forwarded, ['x-locale', 'de']);
  assert.deepEqual(request?.accepts, { subscription: true, incremental: true });
  assert.equal(request?.context, well);
});

test('anything else is a fault of ours', async () => {
  const handle = graphOperationHandler({ graph: new ScriptedGraph(), forward: [] });
  const { exchange } = makeExchange();
  await assert.rejects(handle(exchange), TypeError);
});
