/**
 * Asks running subgraphs for their schemas (`query { _service { sdl } }`, federation's subgraph specification) through
 * the door that all calls to backends take: with the breakers, time limits and credentials of the upstreams that serve
 * them, over the same connections.
 */

import type { Config } from '../config/schema.ts';
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import type { SubgraphsSourceConfig } from '../graph/supergraph/source-config.ts';
import type { Subgraph } from '../graph/supergraph/supergraph.ts';
import { credentialUpstreams, openBackendCredentials } from '../identities/backend-credentials.ts';
import type { Residents } from '../residents/residents.ts';
import { MAX_SDL_BYTES } from '../supergraph/source.ts';
import { targetsOf } from '../upstream/config.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';
import { createUpstreams, type Upstreams } from '../upstream/upstream.ts';
import { joinSubgraphs } from './subgraph-upstreams.ts';

export interface Introspection {
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** Rejects with an `Error` in plain words. */
  readonly ask: (subgraph: string, query: string) => Promise<string>;
  /** Gives back the connections. */
  readonly close: () => Promise<void>;
}

type Listed = Exclude<SubgraphsSourceConfig['subgraphs'], 'upstreams'>[number];

/** Throws a `FrontdeskError('internal')` where a subgraph has no address, or there is none at all. */
export function openIntrospection(
  source: SubgraphsSourceConfig,
  config: Config,
  residents: Residents,
): Introspection {
  const listed = listOf(source, config);
  const { configs, upstreamOf } = joinSubgraphs(
    relevant(config, listed),
    listed,
    () => config.graph?.headers.forward ?? [],
  );
  const { clock, random, limits, endpoints, discovery, upstreamMetrics } = residents;
  const credentials = openBackendCredentials(config, residents, (request) => upstreams.call(request));
  const upstreams: Upstreams = createUpstreams({
    configs: { ...configs, ...credentialUpstreams(configs) },
    proofsOf: credentials.proofsOf,
    clock,
    random,
    metrics: upstreamMetrics,
    limiter: limits.limiter,
    registry: endpoints,
    discovery,
    identityHeaders: config.identityHeaders,
    credentialFields: [],
  });
  const headersOf = new Map(listed.map(({ name, headers }) => [name, headers]));
  return {
    subgraphs: listed.map(({ name, url }) => ({ name, url })),
    async ask(subgraph, query) {
      await upstreams.started;
      const context = systemContext({ clock, deadlineMs: source.timeout });
      try {
        const headers = HeaderFields.of({ ...JSON_FIELDS, ...source.headers, ...headersOf.get(subgraph) });
        const { status, body } = await upstreams.call({
          ...upstreamOf(subgraph),
          context,
          method: 'POST',
          headers,
          body: new WholeBody(JSON.stringify({ query })),
          idempotent: true,
          timeoutMs: source.timeout,
          label: `schema:${subgraph}`,
        });
        const bytes = await collect(body, MAX_SDL_BYTES, tooLarge, (flow) => {
          context.cancellation.onCancel((reason) => flow.cancel(reason));
        });
        return sdlOf(status, Buffer.from(bytes).toString());
      } catch (error) {
        throw error instanceof FrontdeskError ? new Error(error.detail ?? error.message) : error;
      } finally {
        context.deadline.end();
      }
    },
    close: () => {
      credentials.release();
      return upstreams.dispose();
    },
  };
}

const JSON_FIELDS = { 'content-type': 'application/json', accept: 'application/json' };

function tooLarge(): FrontdeskError {
  return new FrontdeskError('upstream_too_large', { detail: `a schema of more than ${MAX_SDL_BYTES} bytes` });
}

/** The subgraphs, each with an address: its own, or that of the upstream which takes it over. */
function listOf(
  { subgraphs }: SubgraphsSourceConfig,
  config: Config,
): (Subgraph & Listed & { url: string })[] {
  const urls = new Map<string, string | undefined>();
  for (const { subgraph, ...upstream } of Object.values(config.upstreams)) {
    if (subgraph === undefined) continue;
    const asked = stableOf(config.upstreams, upstream);
    const [target] = targetsOf(asked);
    urls.set(subgraph, target?.url ?? asked.discover?.dns?.url);
  }
  const listed: readonly Listed[] =
    subgraphs === 'upstreams' ? [...urls.keys()].map((name) => ({ name, headers: {} })) : subgraphs;
  if (listed.length === 0) {
    throw fault('graph.supergraph.subgraphs: no upstream says which subgraph it serves');
  }
  return listed.map(({ name, url = urls.get(name), headers }) => {
    if (url === undefined)
      throw fault(`the subgraph ${name} has no url: neither of its own nor under upstreams`);
    return { key: name, name, url, headers };
  });
}

/** Asking for a schema is nobody's request: scopes and buckets of consumers do not count for it. */
function relevant({ upstreams }: Config, listed: readonly { readonly name: string }[]): Config['upstreams'] {
  const names = new Set(listed.map(({ name }) => name));
  const found: Config['upstreams'] = {};
  for (const [upstream, config] of Object.entries(upstreams)) {
    if (config.subgraph === undefined || !names.has(config.subgraph)) continue;
    found[upstream] = {
      ...stableOf(upstreams, config),
      subgraph: config.subgraph,
      scopes: [],
      limit: undefined,
      mirror: undefined,
    };
  }
  return found;
}

/** A split is asked by its first side. */
function stableOf<T extends Pick<Config['upstreams'][string], 'split'>>(
  upstreams: Config['upstreams'],
  config: T,
): T | Config['upstreams'][string] {
  const [stable] = Object.values(config.split?.sides ?? {});
  return (stable && upstreams[stable.upstream]) ?? config;
}

function sdlOf(status: number, text: string): string {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    throw new Error(`it answered ${status} and no JSON`);
  }
  const sdl = member(member(member(reply, 'data'), '_service'), 'sdl');
  if (typeof sdl === 'string' && sdl !== '') return sdl;
  const [first]: unknown[] = Array.isArray(member(reply, 'errors'))
    ? [member(member(reply, 'errors'), 0)]
    : [];
  const message = member(first, 'message');
  const why = typeof message === 'string' ? `: ${message}` : '';
  throw new Error(`it answered ${status} without _service { sdl }${why}`);
}

function member(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function fault(detail: string): FrontdeskError {
  return new FrontdeskError('internal', { detail });
}
