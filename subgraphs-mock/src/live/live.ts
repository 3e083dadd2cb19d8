/**
 * The service `live`: where trips are, as it happens. A WebSocket at `/positions` (`{"watch":"t1"}`, `{"leave":"t1"}`;
 * bytes come back as they were) and server-sent events at `/events?trip=t1`, which go on behind `Last-Event-ID`.
 * Faults fit handshakes as any request; `POST /__drop` cuts every stream, `POST /__trips` tells of a trip.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { createDataset, type Dataset } from '../data/dataset.ts';
import type { EventQueue } from '../data/event-queue.ts';
import type { TripStep as BoardStep, TripBoard } from '../data/trip-board.ts';
import { TripFeed } from '../data/trip-feed.ts';
import type { Trip, TripStatus } from '../data/types.ts';
import { type Answer, Problem } from '../http/problem.ts';
import { isRecord, readJson } from '../http/request-body.ts';
import type { ServiceParts, ServiceTools } from '../http/server.ts';
import type { World } from '../world.ts';
import { type TripStep, tripStep } from './trip-steps.ts';

const SUBPROTOCOL = 'positions.v1';
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_WATCHED = 20;
const POLICY = 1008;
const TRIP_STATUSES: readonly TripStatus[] = ['REQUESTED', 'UNDER_WAY', 'COMPLETED', 'CANCELLED'];

/** A trip's steps in their order, until there are no more or the reader leaves. */
type Steps = AsyncIterableIterator<TripStep>;

export function createLive(_url: string, tools: ServiceTools, world: World): ServiceParts {
  const live = new Live(world.trips);
  return {
    handle: (request, response) => live.events(request, response),
    attach: (server) => live.attach(server, tools),
    controls: {
      'POST /__drop': () => live.drop(),
      'POST /__trips': (request) => live.tell(request),
      'GET /__watchers': () => ({ status: 200, body: { watchers: live.watchers } }),
    },
  };
}

class Live {
  readonly #data: Dataset = createDataset();
  readonly #feed = new TripFeed();
  readonly #board: TripBoard;
  /** How each open stream is cut. */
  readonly #cuts = new Set<() => void>();

  constructor(board: TripBoard) {
    this.#board = board;
  }

  get watchers(): number {
    return this.#feed.watchers + this.#board.watchers;
  }

  /** The steps of a trip behind `seen`; undefined where there is no such trip. */
  #watch(id: string, seen: number): Steps | undefined {
    const recorded = this.#board.watch(id, seen);
    if (recorded) return recorded.map(({ step, trip }: BoardStep) => tripStep(trip, step));
    const trip = this.#data.trips.get(id);
    return trip && generatedSteps(this.#feed.watch(trip), seen);
  }

  drop(): Answer {
    const body = { dropped: this.#cuts.size };
    for (const cut of [...this.#cuts]) cut();
    return { status: 200, body };
  }

  /** `{"id":"t1","status":"CANCELLED"}` */
  async tell(request: IncomingMessage): Promise<Answer> {
    const body = await readJson(request);
    const id = isRecord(body) ? String(body.id) : '';
    const status = isRecord(body) ? TRIP_STATUSES.find((known) => known === body.status) : undefined;
    const trip = this.#data.trips.get(id);
    if (!status || !(trip || this.#board.get(id)))
      throw new Problem(422, 'a known trip and a status are needed');
    if (trip) this.#feed.tell({ ...trip, status });
    else this.#board.move(id, status);
    return { status: 200, body: { watchers: this.watchers } };
  }

  async events(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    if (pathname === '/positions')
      throw new Problem(426, 'a WebSocket is spoken here', { upgrade: 'websocket' });
    if (pathname !== '/events') throw new Problem(404, `nothing is at ${pathname}`);
    const seen = Number(request.headers['last-event-id'] ?? 0) || 0;
    const steps = this.#watch(searchParams.get('trip') ?? '', seen);
    if (!steps) throw new Problem(404, 'no such trip');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    const cut = (): void => void response.socket?.resetAndDestroy();
    this.#cuts.add(cut);
    response.once('close', () => {
      this.#cuts.delete(cut);
      void steps.return?.();
    });
    for await (const step of steps) {
      const told = response.write(`id: ${step.step}\nevent: position\ndata: ${JSON.stringify(step)}\n\n`);
      if (!told)
        await new Promise<void>((resolve) => {
          response.once('drain', resolve);
          response.once('close', resolve);
        });
    }
    response.end('event: done\ndata: {}\n\n');
  }

  attach(server: Server, { faults, stats }: ServiceTools): void {
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      stats.began('GET', path, request);
      socket.once('close', () => stats.ended());
      const rule = faults.take('GET', path);
      if (rule) faults.bite();
      if (rule?.hang) return;
      if (rule?.reset) socket.destroy();
      else if (rule?.status !== undefined || path !== '/positions') {
        socket.end(`HTTP/1.1 ${rule?.status ?? 404} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      } else {
        setTimeout(() => {
          sockets.handleUpgrade(request, socket, head, (opened) => this.#talk(opened));
        }, rule?.latencyMs ?? 0);
      }
    });
  }

  #talk(socket: WebSocket): void {
    const watched = new Map<string, Steps>();
    const cut = (): void => socket.terminate();
    this.#cuts.add(cut);
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#cuts.delete(cut);
      for (const steps of watched.values()) void steps.return?.();
    });
    socket.on('message', (data: Buffer, binary) => {
      if (binary) socket.send(data);
      else this.#asked(socket, watched, data.toString('utf8'));
    });
    socket.send('{"type":"hello","protocol":"positions.v1"}');
  }

  #asked(socket: WebSocket, watched: Map<string, Steps>, text: string): void {
    const asked = parsed(text);
    if (!isRecord(asked)) {
      socket.close(POLICY, 'JSON objects only');
      return;
    }
    if (typeof asked.leave === 'string') {
      void watched.get(asked.leave)?.return?.();
      watched.delete(asked.leave);
      return;
    }
    const id = String(asked.watch);
    const steps = watched.has(id) || watched.size >= MAX_WATCHED ? undefined : this.#watch(id, 0);
    if (!steps) {
      socket.send(JSON.stringify({ type: 'refused', watch: asked.watch ?? null }));
      return;
    }
    watched.set(id, steps);
    void tellSteps(socket, id, steps).then(() => watched.delete(id));
  }
}

/** A generated trip's steps are numbered as they are told: each reader sees it set out again. */
function generatedSteps(trips: EventQueue<Trip>, seen: number): Steps {
  let step = 0;
  const steps = trips.map((trip) => {
    step += 1;
    return tripStep(trip, step);
  });
  return skipping(steps, seen);
}

function skipping(steps: Steps, seen: number): Steps {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const result = await steps.next();
        if (result.done || result.value.step > seen) return result;
      }
    },
    return: async () => {
      await steps.return?.();
      return { done: true, value: undefined };
    },
  };
}

async function tellSteps(socket: WebSocket, trip: string, steps: Steps): Promise<void> {
  for await (const step of steps) socket.send(JSON.stringify(step));
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'done', trip }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
