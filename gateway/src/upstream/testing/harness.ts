/** What the tests of this room share: real backends on loopback, contexts, and upstreams over them. */
import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import { type Body, collect, emptyBody, type Flow, type Sink } from '../../core/body.ts';
import { type Clock, type Random, systemClock } from '../../core/clock.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import type { Limiter } from '../../limits/limiter.ts';
import { type UpstreamMetrics, upstreamMetrics } from '../breaker/observation.ts';
import { CacheRegistry } from '../cache/registry.ts';
import { upstreamConfig } from '../config.ts';
import { Discovery } from '../discovery/discovery.ts';
import { EndpointRegistry } from '../endpoints/endpoint-registry.ts';
import { identityHeadersConfig } from '../outgoing/identity-headers.ts';
import { SplitRegistry } from '../split/registry.ts';
import { createUpstreams, type Upstreams, type UpstreamsOptions } from '../upstream.ts';

export const unlimited: Limiter = {
  take: (checks) =>
    Promise.resolve(
      checks.map(({ spec }) => ({
        spec,
        allowed: true,
        remaining: 1,
        resetMs: 0,
        retryAfterMs: 0,
        waitMs: 0,
      })),
    ),
};

/** A node:http server on a free port of 127.0.0.1, closed with its connections when the test ends. */
export async function backend(t: TestContext, handle: http.RequestListener): Promise<string> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, handle);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

/** A server that speaks bytes: `handle` gets each connection. */
export async function rawBackend(t: TestContext, handle: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Answers every request (which must have no body) with these bytes. */
export function says(text: string): (socket: net.Socket) => void {
  return (socket) => {
    socket.on('data', () => socket.write(text, 'latin1'));
  };
}

/** A port where nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

export interface ContextOptions {
  readonly clock?: Clock;
  readonly identity?: Identity;
  readonly deadlineMs?: number;
}

export function context({ clock = systemClock, identity, deadlineMs }: ContextOptions = {}): CallContext {
  const made = contextOn(clock, identity);
  if (deadlineMs !== undefined) made.deadline.within(deadlineMs);
  return {
    ...made,
    id: 'request-1',
    client: { address: '203.0.113.9', scheme: 'https' },
    host: 'api.example.com',
    trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, state: undefined },
  };
}

export function identity(more: Partial<Identity> = {}): Identity {
  return makeIdentity({
    subject: 'u42',
    consumer: 'acme',
    tenant: 't1',
    scopes: new Set(['users:read']),
    roles: ['rider'],
    ...more,
  });
}

export interface RigOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly limiter?: Limiter;
  readonly metrics?: UpstreamMetrics;
  readonly registry?: EndpointRegistry;
  readonly discovery?: Discovery;
  readonly caches?: CacheRegistry;
  readonly splits?: SplitRegistry;
  readonly credentialFields?: readonly string[];
  readonly proofsOf?: UpstreamsOptions['proofsOf'];
}

/** Upstreams from configuration as it is written, over the real transport. */
export function rig(
  t: TestContext,
  configs: Readonly<Record<string, object>>,
  options: RigOptions = {},
): Upstreams {
  const clock = options.clock ?? systemClock;
  const metrics = options.metrics ?? upstreamMetrics(noMeter);
  const registry = options.registry ?? new EndpointRegistry({ clock, metrics, logger: noLogger });
  const parsed = Object.fromEntries(
    Object.entries(configs).map(([key, one]) => [key, upstreamConfig.parse(one)]),
  );
  const upstreams = createUpstreams({
    configs: parsed,
    clock,
    random: options.random ?? Math.random,
    metrics,
    limiter: options.limiter ?? unlimited,
    registry,
    caches: options.caches ?? new CacheRegistry({ clock }),
    splits: options.splits ?? new SplitRegistry({ clock, meter: noMeter, logger: noLogger }),
    discovery:
      options.discovery ?? new Discovery({ clock, random: Math.random, meter: noMeter, logger: noLogger }),
    identityHeaders: identityHeadersConfig.parse({}),
    credentialFields: options.credentialFields ?? [],
    ...(options.proofsOf ? { proofsOf: options.proofsOf } : {}),
  });
  t.after(() => {
    void upstreams.dispose();
  });
  return upstreams;
}

export function request(more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    upstream: 'users',
    context: context(),
    method: 'GET',
    path: '/',
    headers: new HeaderFields(),
    body: emptyBody,
    ...more,
  };
}

export async function text(reply: UpstreamReply): Promise<string> {
  const bytes = await collect(reply.body, 100 * 1024 * 1024, () => new Error('too large'));
  return Buffer.from(bytes).toString();
}

/** A body that is fed by hand and cannot be replayed. */
export class HandBody implements Body {
  readonly length: number | undefined;
  readonly replayable = false;
  sink: Sink | undefined;
  readonly started: Promise<Sink>;
  discarded: Error | undefined;
  cancelled: Error | undefined;
  resumes = 0;
  onResume: () => void = () => {};
  #resolve: (sink: Sink) => void;

  constructor(length?: number) {
    this.length = length;
    const { promise, resolve } = Promise.withResolvers<Sink>();
    this.started = promise;
    this.#resolve = resolve;
  }

  start(sink: Sink): Flow {
    this.sink = sink;
    this.#resolve(sink);
    return {
      resume: () => {
        this.resumes += 1;
        this.onResume();
      },
      cancel: (reason) => {
        this.cancelled = reason;
      },
    };
  }

  discard(reason: Error): void {
    this.discarded = reason;
  }
}
