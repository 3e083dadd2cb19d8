/**
 * One HTTP server as every service of the company has it: counted, faulty on request, restartable on its port.
 * Closing it destroys its connections at once, as a killed process would.
 *
 * Paths that begin with `/__` steer the service; they are neither counted nor subject to faults.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createDoor, type Server as Door, type Socket } from 'node:net';
import { parseFaultRules } from './fault-rule.ts';
import { Faults } from './faults.ts';
import { type Answer, Problem, problemAnswer, writeAnswer } from './problem.ts';
import { integerParam } from './query.ts';
import { readAhead, readJson } from './request-body.ts';
import { Stats } from './stats.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a service is made of: it is told its own address once it listens. */
export interface ServiceParts {
  readonly handle: RequestHandler;
  /** Further steering paths, such as `POST /__rotate`. */
  readonly controls?: Readonly<Record<string, (request: IncomingMessage) => Answer | Promise<Answer>>>;
  readonly dispose?: () => Promise<void>;
  /** Speaks a further protocol on the server, such as WebSocket. */
  readonly attach?: (server: Server) => void;
  /** Takes the connections that begin with the preface of HTTP/2 (RFC 9113 §3.4): gRPC. */
  readonly http2?: (socket: Socket) => void;
}

/** What goes wrong on request and what is counted: for services that speak more than HTTP/1.1. */
export interface ServiceTools {
  readonly faults: Faults;
  readonly stats: Stats;
}
export type ServiceFactory = (url: string, tools: ServiceTools) => ServiceParts | Promise<ServiceParts>;

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4101`. */
  readonly url: string;
  readonly port: number;
  /** Destroys every connection and gives the port back. Resolves once it is free. */
  close(): Promise<void>;
}

/** Longer than the idle time of any client's pool, so that it is the client who closes an idle connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CONTROL_PREFIX = '/__';
const MAX_COUNT = 1_000_000;

/** Resolves when the service answers. Rejects with the system's error where the port can't be had. */
export async function serve(factory: ServiceFactory, { port, host }: ListenOptions): Promise<RunningServer> {
  const faults = new Faults();
  const stats = new Stats();
  const ready = Promise.withResolvers<ServiceParts>();
  const server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  const sockets = new Set<Socket>();
  const door = createDoor({ keepAlive: true, noDelay: true }, (socket) => {
    stats.connected();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (parts) admit(socket, server, parts);
    else void ready.promise.then((known) => admit(socket, server, known));
  });

  let parts: ServiceParts | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    parts ??= await ready.promise;
    const method = request.method ?? 'GET';
    const path = pathOf(request.url ?? '/');
    if (path.startsWith(CONTROL_PREFIX)) {
      writeAnswer(response, await control(`${method} ${path}`, request, parts, faults, stats));
      return;
    }
    stats.began(method, path, request);
    response.once('close', () => stats.ended());
    const body = faults.wantsBody(method, path) ? await readAhead(request) : undefined;
    const rule = faults.take(method, path, body);
    if (rule && !(await faults.inflict(rule, request, response))) return;
    await parts.handle(request, response);
  };

  const bound = await listen(door, port, host);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  try {
    parts = await factory(url, { faults, stats });
    parts.attach?.(server);
    ready.resolve(parts);
  } catch (error) {
    door.close();
    for (const socket of sockets) socket.destroy();
    throw error;
  }
  return { url, port: bound, close: () => close(door, sockets, parts) };
}

/** The preface of HTTP/2 is written so that no request of HTTP/1.1 begins alike. */
const HTTP2_BEGINS = 'PRI';

function admit(socket: Socket, server: Server, { http2 }: ServiceParts): void {
  if (!http2) {
    server.emit('connection', socket);
    return;
  }
  socket.on('error', () => socket.destroy());
  socket.once('data', (head: Buffer) => {
    socket.pause();
    socket.unshift(head);
    if (head.toString('latin1', 0, HTTP2_BEGINS.length) === HTTP2_BEGINS) {
      http2(socket);
    } else {
      server.emit('connection', socket);
      socket.resume();
    }
  });
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function listen(server: Door, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new TypeError('not listening on a port'));
      else resolve(address.port);
    });
  });
}

async function close(
  server: Door,
  sockets: ReadonlySet<Socket>,
  parts: ServiceParts | undefined,
): Promise<void> {
  if (server.listening) {
    const closed = new Promise((resolve) => server.close(resolve));
    // The server knows nothing of connections once they are the protocols' own.
    for (const socket of sockets) socket.destroy();
    await closed;
    await parts?.dispose?.();
  }
}

async function control(
  key: string,
  request: IncomingMessage,
  parts: ServiceParts,
  faults: Faults,
  stats: Stats,
): Promise<Answer> {
  switch (key) {
    case 'GET /__faults':
      return { status: 200, body: faults.list() };
    case 'POST /__faults':
      faults.set(parseFaultRules(await readJson(request)));
      return { status: 200, body: faults.list() };
    case 'DELETE /__faults':
      faults.set([]);
      return { status: 204 };
    case 'GET /__faults/taken':
      return { status: 200, body: { taken: await faults.taken(countOf(request)) } };
    case 'GET /__stats':
      return { status: 200, body: stats.report() };
    case 'DELETE /__stats':
      stats.reset();
      return { status: 204 };
    default: {
      const own = parts.controls?.[key];
      return own ? own(request) : problemAnswer(404, `nothing is steered by ${key}`);
    }
  }
}

/** `?count=2`; 1 where left out. */
function countOf({ url = '/' }: IncomingMessage): number {
  return integerParam(new URL(url, 'http://service').searchParams, 'count', 1, MAX_COUNT);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
  } else if (error instanceof Problem) {
    writeAnswer(response, problemAnswer(error.status, error.message, error.headers));
  } else {
    writeAnswer(response, problemAnswer(500, error instanceof Error ? error.message : String(error)));
  }
}
