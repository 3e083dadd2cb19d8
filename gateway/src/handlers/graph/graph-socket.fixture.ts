/** For tests: clients on WebSockets that say what a test tells them to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { type ClientOptions as SocketOptions, WebSocket } from 'ws';
import type { RouteAuthenticator } from '../../auth/authenticator.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { type GraphServer, type GraphServerOptions, serveGraph, until } from './graph-streams.fixture.ts';

export const INIT = { type: 'connection_init' };
export const ACK = { type: 'connection_ack' };
export const subscribe = (id: string, query = 'subscription { count }') => ({
  id,
  type: 'subscribe',
  payload: { query },
});

/** A client that says what a test tells it to. */
export class Peer {
  readonly socket: WebSocket;
  readonly messages: unknown[] = [];
  closed: { code: number; reason: string } | undefined;

  constructor({ port }: GraphServer, protocol = 'graphql-transport-ws', options: SocketOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, protocol, options);
    this.socket.on('message', (data) => void this.messages.push(JSON.parse(String(data))));
    this.socket.on('error', () => {});
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
  }

  say(...messages: unknown[]): this {
    for (const message of messages) this.socket.send(JSON.stringify(message));
    return this;
  }

  async gets(...expected: unknown[]): Promise<void> {
    await until(() => this.messages.length >= expected.length || this.closed !== undefined);
    assert.deepEqual(this.messages.splice(0, expected.length), expected);
  }

  async closesWith(code: number): Promise<void> {
    await until(() => this.closed !== undefined);
    assert.equal(this.closed?.code, code, this.closed?.reason);
  }
}

export async function served(t: TestContext, options: GraphServerOptions = {}) {
  const server = await serveGraph(t, options);
  const connect = async (
    headers: Record<string, string> = {},
    protocol?: string,
  ): Promise<Peer & { readonly status?: number }> => {
    const peer = new Peer(server, protocol, { headers });
    t.after(() => peer.socket.terminate());
    await once(peer.socket, 'open');
    return peer;
  };
  const opened = async (headers: Record<string, string> = {}): Promise<Peer> => {
    const peer = await connect(headers);
    peer.say(INIT);
    await peer.gets(ACK);
    return peer;
  };
  return { server, connect, opened };
}

/** The status and problem document of a handshake that is refused. */
export function refusalOf(
  server: GraphServer,
  headers: Record<string, string>,
  protocol = 'graphql-transport-ws',
) {
  const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const { socket } = new Peer(server, protocol, { headers });
  socket.on('open', () => resolve({ status: 101, body: '' }));
  socket.on('unexpected-response', (_request, response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode, body }));
  });
  return promise.finally(() => socket.terminate());
}

/** Knows `good` and `other`, by header; the subject is the word itself. */
export function authenticator(anonymous = false): RouteAuthenticator {
  return {
    credentialHeaders: new Set(['authorization', 'x-api-key']),
    challenges: () => [],
    identify({ headers }) {
      const given = headers.get('authorization')?.replace('Bearer ', '') ?? headers.get('x-api-key');
      if (given === undefined && anonymous) return undefined;
      if (given === undefined) throw new FrontdeskError('unauthenticated');
      if (given === 'bad' || headers.count('authorization') > 1)
        throw new FrontdeskError('invalid_credentials');
      return makeIdentity({ subject: given, claims: { jti: given } });
    },
  };
}
