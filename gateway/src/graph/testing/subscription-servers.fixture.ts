/**
 * Two subgraphs behind real sockets, for tests of subscriptions: `trips` tells of trips over SSE, WebSocket or both,
 * as the libraries of those protocols serve them; `people` knows the drivers. Tests say what happens, and when.
 */
import { EventEmitter, on } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, graphql, parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { composeSupergraph } from '../supergraph/compose.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requires", "@external"])\n`;
const TRIPS = `${LINK}
  type Query { trips: [Trip] }
  type Subscription { tripUpdated(id: ID!): Trip trouble: Trip! }
  type Trip @key(fields: "id") { id: ID! state: String sequence: Int note: String driver: Person }
  type Person @key(fields: "id", resolvable: false) { id: ID! }`;
const PEOPLE = `${LINK}
  type Query { person(id: ID!): Person }
  type Person @key(fields: "id") { id: ID! name: String mood: String }`;

export interface Trip {
  readonly id: string;
  readonly state?: string;
  readonly sequence?: number;
  readonly note?: string | Error;
  readonly driver?: { readonly __typename: 'Person'; readonly id: string };
}

export interface Servers {
  readonly supergraphSdl: string;
  readonly urls: { readonly trips: string; readonly people: string };
  /** Tells everybody who is subscribed to this trip. */
  tell(trip: Trip): void;
  /** Ends every subscription in good order. */
  complete(): void;
  /** Breaks every connection of the trips' server. */
  breakConnections(): void;
  /** Subscriptions at the trips' server: open now, and ever. */
  readonly subscriptions: { open: number; ever: number };
  /** Calls `met` when the number of open subscriptions is `open`. */
  whenOpen(open: number): Promise<void>;
  /** Header fields of each subscription, and payloads of `connection_init`. */
  readonly seen: { readonly headers: http.IncomingHttpHeaders; readonly payload: unknown }[];
  /** Entity fetches at the people's server. */
  fetches: number;
  /** What the people's server does before it answers. */
  beforePeople: (body: string) => Promise<void>;
}

export interface ServersOptions {
  readonly sse?: boolean;
  readonly webSocket?: boolean;
  /** Refuses the socket by this code once it wants to begin. */
  readonly refuseInit?: boolean;
}

export async function startServers(t: TestContext, options: ServersOptions = {}): Promise<Servers> {
  const { sse = true, webSocket = true } = options;
  const events = new EventEmitter().setMaxListeners(0);
  const ends = new Set<AbortController>();
  const watch = new EventEmitter().setMaxListeners(0);
  const servers: Servers = {
    supergraphSdl: '',
    urls: { trips: '', people: '' },
    tell: (trip) => void events.emit(`trip:${trip.id}`, trip),
    complete: () => {
      for (const end of ends) end.abort();
    },
    breakConnections: () => trips.destroy(),
    subscriptions: { open: 0, ever: 0 },
    async whenOpen(open) {
      while (servers.subscriptions.open !== open) await new Promise((met) => watch.once('change', met));
    },
    seen: [],
    fetches: 0,
    beforePeople: async () => {},
  };
  /** No generator: one that waits for an event hears of its client's leaving with the next event alone. */
  function subscribe(name: string): AsyncIterableIterator<{ tripUpdated: Trip }> {
    const end = new AbortController();
    const source = on(events, name, { signal: end.signal });
    const change = (by: number): void => {
      servers.subscriptions.open += by;
      watch.emit('change');
    };
    ends.add(end);
    end.signal.addEventListener('abort', () => {
      ends.delete(end);
      change(-1);
    });
    servers.subscriptions.ever += 1;
    change(1);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () =>
        source.next().then(
          ({ value }) => ({ done: false, value: { tripUpdated: value?.[0] } }),
          () => ({ done: true, value: undefined }),
        ),
      return: async () => {
        end.abort();
        return { done: true, value: undefined };
      },
    };
  }
  const tripsSchema = buildSubgraphSchema({
    typeDefs: parse(TRIPS),
    resolvers: {
      Subscription: {
        tripUpdated: { subscribe: (_: unknown, { id }: { id: string }) => subscribe(`trip:${id}`) },
        trouble: {
          subscribe: () => {
            throw new Error('the database at 10.0.0.7 is gone');
          },
        },
      },
      Trip: {
        note: ({ note }: Trip) => {
          if (note instanceof Error) throw note;
          return note;
        },
      },
    },
  });
  const peopleSchema = buildSubgraphSchema({
    typeDefs: parse(PEOPLE),
    resolvers: {
      Person: {
        __resolveReference: ({ id }: { id: string }) => ({ id, name: `Person ${id}`, mood: 'fine' }),
      },
    },
  });
  const handleSse = createHandler({ schema: tripsSchema });
  const trips = await listen(t, async (request, response) => {
    if (sse && request.headers.accept?.includes('text/event-stream')) {
      servers.seen.push({ headers: request.headers, payload: undefined });
      await handleSse(request, response);
    } else await answer(tripsSchema, request, response);
  });
  if (webSocket) serveSockets(t, trips.server, tripsSchema, servers, options);
  const people = await listen(t, async (request, response) => {
    servers.fetches += 1;
    await answer(peopleSchema, request, response, (body) => servers.beforePeople(body));
  });
  const composed = await composeSupergraph([
    { name: 'trips', url: `${trips.url}/graphql`, sdl: TRIPS },
    { name: 'people', url: `${people.url}/graphql`, sdl: PEOPLE },
  ]);
  if (!('supergraphSdl' in composed)) throw new Error(JSON.stringify(composed.errors));
  return Object.assign(servers, {
    supergraphSdl: composed.supergraphSdl,
    urls: { trips: trips.url, people: people.url },
  });
}

function serveSockets(
  t: TestContext,
  server: http.Server,
  schema: GraphQLSchema,
  servers: Servers,
  { refuseInit = false }: ServersOptions,
): void {
  const sockets = new WebSocketServer({
    server,
    path: '/graphql',
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  useServer(
    {
      schema,
      onConnect: ({ extra, connectionParams }) => {
        servers.seen.push({ headers: extra.request.headers, payload: connectionParams });
        if (!refuseInit) return true;
        extra.socket.close(CloseCode.Forbidden, 'Forbidden');
        return false;
      },
    },
    sockets,
  );
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  });
}

async function listen(
  t: TestContext,
  handle: (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>,
): Promise<{ url: string; server: http.Server; destroy(): void }> {
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const destroy = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, server, destroy };
}

/** Queries as any GraphQL server answers them; it does not stream. */
async function answer(
  schema: GraphQLSchema,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  before: (body: string) => Promise<void> = async () => {},
): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  await before(body);
  const { query, variables } = JSON.parse(body);
  const isSubscription = /^\s*subscription/.test(query);
  const result = isSubscription
    ? { errors: [{ message: 'Subscriptions are not served by POST.' }] }
    : await graphql({ schema, source: query, variableValues: variables });
  response.writeHead(isSubscription ? 400 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(result));
}
