import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageType, parseMessage } from 'graphql-ws';
import {
  TransportWsState,
  WS_ACK,
  WS_CLOSE,
  WS_PONG,
  type WsAction,
  wsComplete,
  wsError,
  wsNext,
} from './graphql-transport-ws.ts';

const init = { type: 'connection_init' };
const subscribe = (id: string, query = '{ a }') => ({ id, type: 'subscribe', payload: { query } });

function opened(maxOperations = 20): TransportWsState {
  const state = new TransportWsState(maxOperations);
  receive(state, init);
  state.acknowledge();
  return state;
}

function receive(state: TransportWsState, message: unknown): WsAction {
  return state.receive(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
}

function closesWith(action: WsAction, code: number): void {
  assert.equal(action.kind, 'close');
  assert.equal(action.kind === 'close' && WS_CLOSE[action.why][0], code);
}

test('our messages are what the reference implementation reads', () => {
  assert.equal(parseMessage(WS_ACK).type, MessageType.ConnectionAck);
  assert.equal(parseMessage(WS_PONG).type, MessageType.Pong);
  const id = 'a"b';
  assert.deepEqual(parseMessage(wsNext(id, '{"data":{"a":1}}')), {
    id,
    type: 'next',
    payload: { data: { a: 1 } },
  });
  assert.deepEqual(parseMessage(wsError(id, '[{"message":"x"}]')), {
    id,
    type: 'error',
    payload: [{ message: 'x' }],
  });
  assert.deepEqual(parseMessage(wsComplete(id)), { id, type: 'complete' });
});

test('the way of an operation', () => {
  const state = new TransportWsState(20);
  assert.deepEqual(receive(state, { ...init, payload: { token: 't' } }), {
    kind: 'init',
    payload: { token: 't' },
  });
  state.acknowledge();
  const payload = {
    query: '{ a }',
    documentId: undefined,
    operationName: 'A',
    variables: { v: 1 },
    extensions: { e: 2 },
  };
  assert.deepEqual(receive(state, { id: '1', type: 'subscribe', payload }), {
    kind: 'subscribe',
    id: '1',
    parameters: payload,
  });
  assert.deepEqual(receive(state, { id: '1', type: 'complete' }), { kind: 'complete', id: '1' });
  assert.equal(receive(state, subscribe('1')).kind, 'subscribe');
  state.done('1');
  assert.equal(receive(state, { id: '1', type: 'complete' }).kind, 'none');
  assert.equal(receive(state, { type: 'ping', payload: {} }).kind, 'pong');
  assert.equal(receive(state, { type: 'pong' }).kind, 'none');
});

test('out of order', () => {
  const state = new TransportWsState(20);
  closesWith(receive(state, subscribe('1')), 4401);
  receive(state, init);
  // Not acknowledged yet.
  closesWith(receive(state, subscribe('1')), 4401);
  closesWith(receive(state, init), 4429);
  state.acknowledge();
  receive(state, subscribe('1'));
  closesWith(receive(state, subscribe('1')), 4409);
});

test('too many operations at once', () => {
  const state = opened(2);
  receive(state, subscribe('1'));
  receive(state, subscribe('2'));
  closesWith(receive(state, subscribe('3')), 4429);
});

test('what is no message', () => {
  const bad = [
    'x',
    '[]',
    'null',
    '{}',
    '"ping"',
    { type: 'constructor' },
    { type: 'start', id: '1', payload: { query: '{ a }' } },
    { type: 'ping', payload: [] },
    { type: 'connection_init', payload: 'x' },
    { type: 'subscribe', payload: { query: '{ a }' } },
    { type: 'subscribe', id: '', payload: { query: '{ a }' } },
    { type: 'subscribe', id: 'x'.repeat(129), payload: { query: '{ a }' } },
    { type: 'subscribe', id: '1' },
    { type: 'subscribe', id: '1', payload: { query: 1 } },
    { type: 'subscribe', id: '1', payload: { query: '{ a }', variables: [] } },
    { type: 'subscribe', id: '1', payload: { query: '{ a }', operationName: 1 } },
    { type: 'subscribe', id: '1', payload: { query: '{ a }', extensions: 'x' } },
    { type: 'complete' },
    `{"type":"ping","payload":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`,
    '{"__proto__":{"type":"ping"}}',
  ];
  for (const message of bad) closesWith(receive(opened(), message), 4400);
});

test('whatever comes, it is answered by an action', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.json(), fc.string()), { maxLength: 5 }), (texts) => {
      const state = opened();
      for (const text of texts) assert.equal(typeof receive(state, text).kind, 'string');
    }),
  );
});
