/**
 * A subgraph's subscriptions over server-sent events (graphql-sse, distinct connections) and over WebSocket
 * (`graphql-transport-ws`), both at `/graphql`, each by the library of its protocol.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { GraphContext } from './module.ts';

export type ContextOf = (userId: string | undefined) => GraphContext;

export interface Streams {
  /** Whether a request asks for a stream. */
  takes(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Speaks WebSocket on a server. */
  attach(server: Server): void;
}

export function createStreams(schema: GraphQLSchema, contextOf: ContextOf): Streams {
  return {
    takes: ({ headers }) => headers.accept === 'text/event-stream',
    handle: createHandler({
      schema,
      context: ({ headers }) => ({ ...contextOf(headerOf(headers.get('x-user-id'))) }),
    }),
    attach(server) {
      const sockets = new WebSocketServer({ server, path: '/graphql', maxPayload: 256 * 1024 });
      useServer(
        { schema, context: ({ extra }) => contextOf(headerOf(extra.request.headers['x-user-id'])) },
        sockets,
      );
    },
  };
}

function headerOf(value: string | readonly string[] | null | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
