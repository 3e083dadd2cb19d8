import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { emptyBody, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import type { SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';
import { sourceConfig } from './config.ts';
import { openSources } from './open-source.ts';

/** Acknowledges whoever says hello. */
function politeSocket(): UpstreamSocket {
  let receiver: SocketReceiver | undefined;
  return {
    protocol: 'graphql-transport-ws',
    start: (given) => {
      receiver = given;
    },
    send: (message) => {
      if (String(message).includes('connection_init'))
        receiver?.message(Buffer.from('{"type":"connection_ack"}'), false);
      return true;
    },
    pause() {},
    resume() {},
    close() {},
  };
}

interface Behaviour {
  /** How a POST is answered. */
  readonly status: number;
  readonly type?: string;
  readonly text?: string;
  readonly speaksWebSocket?: boolean;
}

function rig(behaviour: Behaviour, settings: Record<string, unknown> = {}) {
  const calls: UpstreamRequest[] = [];
  const warned: unknown[] = [];
  const open = openSources({
    config: z.strictObject(sourceConfig).parse(settings),
    logger: { ...noLogger, warn: ({ subgraph }) => void warned.push(subgraph) },
    subgraphs: [{ name: 'trips' }],
    upstreamOf: (subgraph) => ({ upstream: `up-${subgraph}`, path: '/graphql' }),
    requestFields: () => (client) => [...client, 'x-added', '1'],
    callUpstream: async (request) => {
      calls.push(request);
      const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
      if (request.stream?.socket) {
        if (!behaviour.speaksWebSocket) throw new FrontdeskError('upstream_connect');
        return { status: 101, headers: new HeaderFields(), body: emptyBody, settled, socket: politeSocket() };
      }
      const headers = HeaderFields.of({ 'content-type': behaviour.type ?? 'application/json' });
      return { status: behaviour.status, headers, body: new WholeBody(behaviour.text ?? ''), settled };
    },
  });
  const subscribe = () =>
    open('trips', { context: contextOn(systemClock), forwarded: [], body: '{"query":"x"}' });
  const methods = () => calls.map(({ method }) => method);
  return { calls, subscribe, methods, warned };
}

const STREAM = { status: 200, type: 'text/event-stream', text: 'event: complete\ndata:\n\n' };

test('auto: the first that works is remembered', async () => {
  const sse = rig({ ...STREAM, speaksWebSocket: true });
  await sse.subscribe();
  await sse.subscribe();
  assert.deepEqual(sse.methods(), ['POST', 'POST']);
  const webSocket = rig({ status: 406, speaksWebSocket: true });
  await webSocket.subscribe();
  await webSocket.subscribe();
  assert.deepEqual(webSocket.methods(), ['POST', 'GET', 'GET']);
});

test('auto: who has no right, or is ill, is not asked by another way', async () => {
  for (const status of [401, 403, 429, 500, 503]) {
    const { subscribe, methods } = rig({ status, speaksWebSocket: true });
    await assert.rejects(subscribe(), coded(status >= 500 ? 'upstream_error' : 'upstream_invalid'));
    assert.deepEqual(methods(), ['POST']);
  }
});

test('auto: where neither works, the first answer stands, and nothing is remembered', async () => {
  const { subscribe, methods } = rig({ status: 200, text: '{"errors":[{"message":"no"}]}' });
  const source = await subscribe();
  assert.deepEqual((await source.next())?.body, { errors: [{ message: 'no' }] });
  assert.equal(await source.next(), undefined);
  await subscribe();
  assert.deepEqual(methods(), ['POST', 'GET', 'POST', 'GET']);
});

test('a configured protocol is the only one, at its own path', async () => {
  const webSocket = rig(
    { ...STREAM, speaksWebSocket: true },
    { subgraphs: { trips: { protocol: 'websocket', path: '/ws' } } },
  );
  await webSocket.subscribe();
  assert.deepEqual(
    webSocket.calls.map(({ method, path }) => [method, path]),
    [['GET', '/ws']],
  );
  const sse = rig({ status: 406, speaksWebSocket: true }, { subgraphs: { trips: { protocol: 'sse' } } });
  await assert.rejects(sse.subscribe(), coded('upstream_invalid'));
  assert.deepEqual(sse.methods(), ['POST']);
});

test('the rules for header fields of a subgraph hold for its subscriptions', async () => {
  const { subscribe, calls } = rig(STREAM);
  await subscribe();
  assert.equal(calls[0]?.headers.get('x-added'), '1');
  assert.equal(calls[0]?.upstream, 'up-trips');
});

test('configuration of a subgraph that there is not is told', () => {
  assert.deepEqual(rig(STREAM, { subgraphs: { trips: {}, tripz: {} } }).warned, ['tripz']);
});
