/** A graph over real subgraphs, through the upstreams and their guards: for tests of subscriptions. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../core/clock.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { graphConfig } from '../graph/config.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import type { GraphRequest } from '../graph/request.ts';
import {
  type Servers,
  type ServersOptions,
  startServers,
} from '../graph/testing/subscription-servers.fixture.ts';
import { joinSubgraphs } from '../graph-feed/subgraph-upstreams.ts';
import { upstreamConfig } from '../upstream/config.ts';
import { rig } from '../upstream/testing/harness.ts';
import type { Upstreams } from '../upstream/upstream.ts';

export const QUERY = 'subscription ($id: ID!) { tripUpdated(id: $id) { sequence driver { name } } }';

export interface Bench {
  readonly graph: Graph;
  readonly servers: Servers;
  readonly upstreams: Upstreams;
  subscribe(more?: Partial<GraphRequest>): Promise<AsyncIterableIterator<string>>;
  refused(more?: Partial<GraphRequest>): Promise<{ status: number; code: string | undefined }>;
}

interface BenchOptions extends ServersOptions {
  readonly config?: Record<string, unknown>;
  readonly headers?: Record<string, unknown>;
  readonly errors?: Record<string, unknown>;
  readonly trips?: Record<string, unknown>;
  readonly clock?: Clock;
  readonly planner?: 'hive' | 'apollo';
}

export async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const servers = await startServers(t, options);
  const configured = options.trips
    ? { trips: upstreamConfig.parse({ url: servers.urls.trips, subgraph: 'trips', ...options.trips }) }
    : {};
  let upstreams: Upstreams | undefined;
  let joined: ReturnType<typeof joinSubgraphs> | undefined;
  const config = graphConfig.parse({
    supergraph: 'x.graphql',
    planBudget: '10s',
    apolloPlanBudget: '30s',
    planner: options.planner ?? 'hive',
    subscriptions: options.config ?? {},
    headers: options.headers ?? {},
    errors: options.errors ?? {},
  });
  const clock = options.clock ?? systemClock;
  const graph = await createGraph({
    config,
    supergraphSdl: servers.supergraphSdl,
    callUpstream: (request) => {
      assert.ok(upstreams);
      return upstreams.call(request);
    },
    upstreamOf: (subgraph) => {
      assert.ok(joined);
      return joined.upstreamOf(subgraph);
    },
    clock,
    meter: noMeter,
    logger: noLogger,
  });
  t.after(() => graph.close());
  joined = joinSubgraphs(configured, graph.subgraphs, () => ['authorization']);
  upstreams = rig(t, unparsed(joined.configs, servers, options.trips));
  const open = (more: Partial<GraphRequest> = {}) =>
    graph.open({
      query: QUERY,
      variables: { id: '1' },
      context: caller(),
      accepts: { subscription: true, incremental: false },
      ...more,
    });
  return {
    graph,
    servers,
    upstreams,
    async subscribe(more) {
      const opened = await open(more);
      assert.ok('payloads' in opened, JSON.stringify(opened));
      return opened.payloads;
    },
    async refused(more) {
      const opened = await open(more);
      assert.ok('refusal' in opened && opened.refusal, JSON.stringify(opened));
      return { status: opened.refusal.status, code: opened.refusal.errors[0]?.extensions.code };
    },
  };
}

/** `rig` takes configuration as it is written. */
function unparsed(
  configs: Readonly<Record<string, unknown>>,
  { urls }: Servers,
  trips: Record<string, unknown> | undefined,
): Record<string, object> {
  const written: Record<string, object> = {};
  const forward = { fields: ['authorization'] };
  for (const name of Object.keys(configs)) {
    const url = name.includes('people') ? urls.people : urls.trips;
    written[name] = name === 'trips' ? { url, forward, ...trips } : { url, forward };
  }
  return written;
}

export function caller(identity?: Identity): CallContext {
  return { ...contextOn(systemClock, identity), client: { address: '192.0.2.1', scheme: 'http' } };
}

export async function next(payloads: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await payloads.next();
  assert.ok(!done, 'the subscription ended');
  return JSON.parse(value);
}

export async function ended(payloads: AsyncIterator<string>): Promise<void> {
  assert.deepEqual(await payloads.next(), { done: true, value: undefined });
}

export function trip(sequence: number, more: object = {}) {
  return { id: '1', sequence, driver: { __typename: 'Person', id: String(sequence) }, ...more } as const;
}

export function told(sequence: number) {
  return { data: { tripUpdated: { sequence, driver: { name: `Person ${sequence}` } } } };
}
