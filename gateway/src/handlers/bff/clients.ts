/**
 * The doors that a BFF's parts are given: `rest` by the backends that the BFF declared, and `graph`. Every call goes
 * through `callUpstream` or the graph with its part's name as the label.
 */

import {
  type Backends,
  type CompiledEndpoint,
  type CompiledStream,
  compileBackend,
  compileStreams,
  type GraphDocument,
  METHODS,
  type Method,
} from '../../bff/backend.ts';
import type { TellDrift } from '../../bff/drift.ts';
import type { Duration } from '../../bff/duration-text.ts';
import type { GraphClient, GraphSubscriber } from '../../bff/graph-client.ts';
import { isGrpcBackend } from '../../bff/grpc-backend.ts';
import { fillPath, matchPath } from '../../bff/path-template.ts';
import type { OpenClients, PartScope } from '../../bff/screen/part-run.ts';
import { parseDuration } from '../../core/duration.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { readEvents } from './event-call.ts';
import { callGraph } from './graph-call.ts';
import { subscribeGraph } from './graph-events.ts';
import { isQuery } from './graph-query.ts';
import { callJson } from './json-call.ts';
import { type Doors, OpenedClients, restDoors } from './opened-clients.ts';
import { attemptMs, RequestReads } from './reads.ts';
import { RequestMemo } from './request-memo.ts';

export interface BffClientsOptions {
  readonly callUpstream: CallUpstream;
  /** Told where an answer is not as its schema says. */
  readonly tellDrift?: TellDrift | undefined;
  /** `undefined` where the configuration has no graph. */
  readonly graph: GraphClient | undefined;
  /** Default: none; then nothing can subscribe. */
  readonly subscriber?: GraphSubscriber | undefined;
  /** `undefined` where the BFF calls no gRPC backend. */
  readonly grpc?: ((scope: PartScope, memo?: RequestMemo) => object) | undefined;
}

interface CompiledBackend {
  readonly name: string;
  readonly endpoints: ReadonlyMap<Method, readonly CompiledEndpoint[]>;
  readonly streams: readonly CompiledStream[];
}

type RestCalls = Partial<Record<Method, (path: string, options?: CallOptions) => Promise<unknown>>> & {
  stream?: (path: string, options?: StreamCallOptions) => AsyncIterable<unknown>;
};

interface CallOptions {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly idempotent?: boolean;
}

interface StreamCallOptions extends CallOptions {
  readonly types?: readonly string[];
  readonly idle?: Duration;
}

/** Longest silence of an event stream. */
const IDLE_MS = 60_000;

/** The clients of one BFF, compiled once; `forRequest` opens them for an exchange. */
export class BffClients {
  readonly #options: BffClientsOptions;
  readonly #doors: Doors;

  constructor(backends: Backends, options: BffClientsOptions) {
    this.#options = options;
    const compiled = Object.entries(backends).flatMap(([name, backend]) => {
      if (isGrpcBackend(backend)) return [];
      const all = compileBackend(name, backend);
      const endpoints = new Map<Method, readonly CompiledEndpoint[]>();
      for (const method of METHODS) {
        if (backend[method] === undefined) continue;
        endpoints.set(
          method,
          all.filter((endpoint) => endpoint.method === method),
        );
      }
      return [{ name, endpoints, streams: compileStreams(name, backend) }];
    });
    this.#doors = {
      rest: restDoors(compiled, (backend, scope, reads) => this.#rest(backend, scope, reads)),
      grpc: (scope, reads) => options.grpc?.(scope, reads.memo) ?? {},
      graph: (scope, reads, document, variables) => this.#graph(scope, reads.memo, document, variables),
      subscribe: (scope, { source }, variables) =>
        subscribeGraph(options.subscriber, scope, source, variables),
    };
  }

  /** One request's clients: they share what they ask. */
  forRequest(): OpenClients {
    const reads = new RequestReads(this.#options.callUpstream);
    return (scope) => new OpenedClients(this.#doors, scope, reads);
  }

  /** One step's clients: what it asks again it wants to know again. */
  forStep(): OpenClients {
    const reads = new RequestReads(this.#options.callUpstream, undefined, new RequestMemo({ keeps: false }));
    return (scope) => new OpenedClients(this.#doors, scope, reads);
  }

  #rest({ name, endpoints, streams }: CompiledBackend, scope: PartScope, reads: RequestReads): object {
    const client: RestCalls = {};
    for (const [method, located] of endpoints) {
      client[method] = async (path, options = {}) =>
        this.#call(scope, reads, name, located, method, path, options);
    }
    if (streams.length > 0) {
      client.stream = (path, options = {}) => this.#stream(scope, name, streams, path, options);
    }
    return client;
  }

  async #call(
    scope: PartScope,
    reads: RequestReads,
    upstream: string,
    endpoints: readonly CompiledEndpoint[],
    method: Method,
    written: string,
    options: CallOptions,
  ): Promise<unknown> {
    const { endpoint, values, path } = locate(upstream, endpoints, method, written, options.path);
    const query = encodeQuery(options.query);
    const target = query === '' ? path : `${path}?${query}`;
    const template = endpoint.template.source;
    const { headers } = options;
    const { tellDrift } = this.#options;
    const held = endpoint.check;
    const check = held && ((answer: unknown) => held.read(answer, tellDrift));
    if (method === 'get') {
      const key = String(values[endpoint.template.names[0] ?? ''] ?? '');
      const alone = !endpoint.batch || query !== '' || headers !== undefined || key.includes(',');
      const batch = alone || !endpoint.batch ? undefined : { how: endpoint.batch, key };
      return reads.get({ upstream, path: target, template, headers, batch, check }, scope);
    }
    const answer = await callJson(this.#options.callUpstream, {
      upstream,
      context: scope.context,
      method: method.toUpperCase(),
      path: target,
      template,
      headers,
      body: options.body,
      idempotent: options.idempotent,
      timeoutMs: attemptMs(scope),
      label: scope.name,
    });
    return check ? check(answer) : answer;
  }

  async *#stream(
    scope: PartScope,
    upstream: string,
    streams: readonly CompiledStream[],
    written: string,
    options: StreamCallOptions,
  ): AsyncGenerator<unknown, void, undefined> {
    const { endpoint, path } = locate(upstream, streams, 'stream', written, options.path);
    const query = encodeQuery(options.query);
    yield* readEvents(this.#options.callUpstream, {
      upstream,
      context: scope.context,
      path: query === '' ? path : `${path}?${query}`,
      template: endpoint.template.source,
      headers: options.headers,
      types: options.types,
      idleMs: (options.idle === undefined ? undefined : parseDuration(options.idle)) ?? IDLE_MS,
      label: scope.name,
      lastIds: scope.lastEventIds,
    });
  }

  /** One and the same query is run once for all parts that ask it. */
  #graph(
    scope: PartScope,
    memo: RequestMemo,
    document: GraphDocument<unknown, object>,
    variables: object,
  ): Promise<unknown> {
    const { graph } = this.#options;
    const { source } = document;
    if (!isQuery(document)) return callGraph(graph, scope, source, variables);
    return memo.share(`graph ${source} ${JSON.stringify(variables)}`, scope, (call) => {
      const { label: name, context } = call;
      const notePartial = (): void => {
        call.partial = true;
      };
      return callGraph(graph, { name, context, notePartial }, source, variables);
    });
  }
}

/** The endpoint that a path means, and the path as it is sent. */
function locate<Located extends CompiledStream>(
  upstream: string,
  endpoints: readonly Located[],
  what: string,
  written: string,
  given: Readonly<Record<string, string | number>> | undefined,
): { endpoint: Located; values: Readonly<Record<string, string | number>>; path: string } {
  for (const endpoint of endpoints) {
    if (endpoint.template.source !== written) continue;
    const path = fillPath(endpoint.template, given ?? {});
    if (path !== undefined) return { endpoint, values: given ?? {}, path };
    const detail = `${upstream}: a value for ${written} is missing or no path segment`;
    throw new FrontdeskError('internal', { detail });
  }
  for (const endpoint of endpoints) {
    const values = matchPath(endpoint.template, written);
    if (values) return { endpoint, values, path: written };
  }
  throw new FrontdeskError('internal', { detail: `${upstream} declares no ${what} that this path fits` });
}

/** `name=value&…`; absent values are left out, lists repeat their name. */
function encodeQuery(query: Readonly<Record<string, unknown>> | undefined): string {
  if (!query) return '';
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null) continue;
      if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') {
        throw new FrontdeskError('internal', {
          detail: `query parameter ${name} is neither text nor number`,
        });
      }
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
    }
  }
  return pairs.join('&');
}
