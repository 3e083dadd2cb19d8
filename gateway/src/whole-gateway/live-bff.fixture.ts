/** A BFF with a live stream and a slow part, for tests of the whole gateway; and the backend that it reads. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { defineBackends, defineBff, document, events, json, z } from '../bff/index.ts';

interface Trip {
  readonly id: string;
  readonly status: string;
  readonly place: number;
}

const kit = defineBackends({
  trips: {
    get: { '/trips/{id}': json<Trip>(), '/slow': json<string[]>() },
    stream: { '/events': events<{ place: number }>(), '/statuses': events<{ status: string }>() },
  },
});
const TripUpdated = document<{ tripUpdated: { sequence: number } }, { id: string }>(
  'subscription ($id: ID!) { tripUpdated(id: $id) { sequence } }',
);
const input = z.object({ id: z.string() });
const { part, screen, feed, live } = kit.takes(input);

const read = part(({ rest, input: { id } }) => rest.trips.get('/trips/{id}', { path: { id } }));
const trip = screen({
  path: '/trips/{id}',
  field: 'trip',
  parts: {
    status: { ...read, required: true, shape: (raw: unknown) => Reflect.get(Object(raw), 'status') },
    place: { ...read, shape: (raw: unknown) => Reflect.get(Object(raw), 'place') },
    tips: part(({ rest }) => rest.trips.get('/slow')),
  },
});
const tripLive = live({
  path: '/trips/{id}/live',
  field: 'tripLive',
  screen: trip,
  maxPerCaller: 2,
  updates: {
    status: feed(({ rest, input: { id } }) => rest.trips.stream('/statuses', { query: { trip: id } }), {
      shape: ({ status }) => status,
    }),
    place: feed(({ rest, input: { id } }) => rest.trips.stream('/events', { query: { trip: id } }), {
      shape: ({ place }) => place,
    }),
  },
  until: { status: (status) => status === 'completed' },
});
const sequences = live({
  path: '/sequences/{id}',
  field: 'sequences',
  updates: {
    sequence: feed(({ graph, input: { id } }) => graph.subscribe(TripUpdated, { id }), {
      shape: ({ tripUpdated }) => tripUpdated.sequence,
    }),
  },
});

export default defineBff({
  name: 'live',
  schema: `
    type Query { trip(id: ID!): Trip }
    type Subscription { tripLive(id: ID!): Trip sequences(id: ID!): Sequences }
    type Trip { status: String! place: Int tips: [String!] }
    type Sequences { sequence: Int }
  `,
  backends: kit,
  screens: [trip],
  live: [tripLive, sequences],
});

/** The backend, in the test's hand. */
export class TripBackend {
  port = 0;
  status = 'new';
  /** What `/slow` waits for. */
  slow: Promise<void> = Promise.resolve();
  readonly #open = new Map<string, Set<ServerResponse>>();
  #waiting: { readonly path: string; readonly count: number; readonly resolve: () => void }[] = [];

  static async start(t: TestContext): Promise<TripBackend> {
    const backend = new TripBackend();
    const server = createServer(({ url = '' }, response) => void backend.#answer(url, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = server.address();
    if (typeof address !== 'object' || !address) throw new TypeError('no address');
    backend.port = address.port;
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return backend;
  }

  send(path: string, message: object): void {
    for (const response of this.#open.get(path) ?? []) response.write(`data: ${JSON.stringify(message)}\n\n`);
  }

  /** Kills the connections of a stream. */
  kill(path: string): void {
    for (const response of this.#open.get(path) ?? []) response.destroy();
  }

  /** Resolves once so many streams of a path are open. */
  whenOpen(path: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ path, count, resolve });
      this.#tell();
    });
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const path = url.split('?', 1)[0] ?? '';
    if (path === '/events' || path === '/statuses') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      const open = this.#open.get(path) ?? new Set();
      this.#open.set(path, open.add(response));
      response.on('close', () => {
        open.delete(response);
        this.#tell();
      });
      this.#tell();
      return;
    }
    if (path === '/slow') await this.slow;
    const body = path === '/slow' ? ['tip'] : { id: 't1', status: this.status, place: 0 };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #tell(): void {
    this.#waiting = this.#waiting.filter(({ path, count, resolve }) => {
      const isThere = (this.#open.get(path)?.size ?? 0) === count;
      if (isThere) resolve();
      return !isThere;
    });
  }
}
