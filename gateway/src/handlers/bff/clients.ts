/**
 * The doors that a BFF's parts are given: `rest` by the backends that the BFF declared, and `graph`. Every call goes
 * through `callUpstream` or the graph with its part's name as the label.
 */

import {
  type Backends,
  type CompiledEndpoint,
  compileBackend,
  type GraphDocument,
  METHODS,
  type Method,
} from '../../bff/backend.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import { isGrpcBackend } from '../../bff/grpc-backend.ts';
import type { OpenClients, PartScope } from '../../bff/part-run.ts';
import { fillPath, matchPath } from '../../bff/path-template.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { callGraph } from './graph-call.ts';
import { callJson } from './json-call.ts';
import { attemptMs, RequestReads } from './reads.ts';

export interface BffClientsOptions {
  readonly callUpstream: CallUpstream;
  /** `undefined` where the configuration has no graph. */
  readonly graph: GraphClient | undefined;
  /** `undefined` where the BFF calls no gRPC backend. */
  readonly grpc?: ((scope: PartScope) => object) | undefined;
}

interface CompiledBackend {
  readonly name: string;
  readonly endpoints: readonly CompiledEndpoint[];
  readonly methods: readonly Method[];
}

interface CallOptions {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly idempotent?: boolean;
}

/** The clients of one BFF, compiled once; `forRequest` opens them for an exchange. */
export class BffClients {
  readonly #backends: readonly CompiledBackend[];
  readonly #options: BffClientsOptions;

  constructor(backends: Backends, options: BffClientsOptions) {
    this.#backends = Object.entries(backends).flatMap(([name, backend]) => {
      if (isGrpcBackend(backend)) return [];
      const endpoints = compileBackend(name, backend);
      return [{ name, endpoints, methods: METHODS.filter((method) => backend[method] !== undefined) }];
    });
    this.#options = options;
  }

  /** One request's clients: they share their reads. */
  forRequest(): OpenClients {
    const reads = new RequestReads(this.#options.callUpstream);
    return (scope) => ({
      rest: this.#rest(scope, reads),
      grpc: this.#options.grpc?.(scope) ?? {},
      graph: (document, variables = {}) => this.#graph(scope, document, variables),
    });
  }

  #rest(scope: PartScope, reads: RequestReads): object {
    const rest: Record<string, object> = {};
    for (const { name, endpoints, methods } of this.#backends) {
      const client: Partial<Record<Method, (path: string, options?: CallOptions) => Promise<unknown>>> = {};
      for (const method of methods) {
        client[method] = async (path, options = {}) =>
          this.#call(scope, reads, name, endpoints, method, path, options);
      }
      rest[name] = client;
    }
    return rest;
  }

  #call(
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
    if (method === 'get') {
      const key = String(values[endpoint.template.names[0] ?? ''] ?? '');
      const alone = !endpoint.batch || query !== '' || headers !== undefined || key.includes(',');
      const batch = alone || !endpoint.batch ? undefined : { how: endpoint.batch, key };
      return reads.get({ upstream, path: target, template, headers, batch }, scope);
    }
    return callJson(this.#options.callUpstream, {
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
  }

  async #graph(
    scope: PartScope,
    document: GraphDocument<unknown, object>,
    variables: object,
  ): Promise<unknown> {
    return callGraph(this.#options.graph, scope, document.source, variables);
  }
}

/** The endpoint that a path means, and the path as it is sent. */
function locate(
  upstream: string,
  endpoints: readonly CompiledEndpoint[],
  method: Method,
  written: string,
  given: Readonly<Record<string, string | number>> | undefined,
): { endpoint: CompiledEndpoint; values: Readonly<Record<string, string | number>>; path: string } {
  for (const endpoint of endpoints) {
    if (endpoint.method !== method || endpoint.template.source !== written) continue;
    const path = fillPath(endpoint.template, given ?? {});
    if (path !== undefined) return { endpoint, values: given ?? {}, path };
    const detail = `${upstream}: a value for ${written} is missing or no path segment`;
    throw new FrontdeskError('internal', { detail });
  }
  for (const endpoint of endpoints) {
    const values = endpoint.method === method ? matchPath(endpoint.template, written) : undefined;
    if (values) return { endpoint, values, path: written };
  }
  throw new FrontdeskError('internal', { detail: `${upstream} declares no ${method} that this path fits` });
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
