/** For tests: a graph whose streams the test drives, behind the real listener, chains and handlers. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { RouteAuthenticator } from '../../auth/authenticator.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Handler } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import type { Graph } from '../../graph/graph.ts';
import { Refusal } from '../../graph/refusal.ts';
import type { GraphRequest, GraphStream, GraphText } from '../../graph/request.ts';
import { subscriptionsConfig } from '../../graph/stream-config.ts';
import { createListener } from '../../listener/http.ts';
import { listenConfig } from '../../listener/listen-config.ts';
import type { Listener } from '../../listener/listener.ts';
import { match } from '../../middleware/match.ts';
import { doorChain, operationChain, routeChain, upgradeChain } from '../../pipeline.ts';
import { compileRoutes } from '../../router/route-table.ts';
import { requestMetrics } from '../../telemetry/request-metrics.ts';
import { makeIdSource } from '../../wire/trace-context.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { StreamKeeper } from '../proxy/stream-keeper.ts';
import { graphHandler } from './graph.ts';
import { graphOperationHandler } from './graph-operation.ts';
import { graphUpgradeHandler } from './graph-upgrade.ts';

/** The source of one stream, in a test's hand. */
export class Source implements AsyncIterableIterator<string> {
  readonly request: GraphRequest;
  /** Resolves when its reader has ended it. */
  readonly returned: Promise<void>;
  /** How many payloads were taken. */
  taken = 0;
  #setReturned: () => void;
  readonly #queue: (string | Error | undefined)[] = [];
  #wake: (() => void) | undefined;
  #over = false;

  constructor(request: GraphRequest) {
    this.request = request;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.returned = promise;
    this.#setReturned = resolve;
  }

  /** `undefined` ends it, an error breaks it. */
  push(...payloads: (string | Error | undefined)[]): this {
    this.#queue.push(...payloads);
    this.#wake?.();
    return this;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    while (this.#queue.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const payload = this.#over ? undefined : this.#queue.shift();
    if (payload instanceof Error) throw payload;
    if (payload === undefined) return { value: undefined, done: true };
    this.taken += 1;
    return { value: payload, done: false };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    this.#over = true;
    this.#wake?.();
    this.#setReturned();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Answers by the first letters of the document: `subscription`, `query Deferred`, `{ bad`, and data for all else. */
export class ScriptedGraph implements Pick<Graph, 'open' | 'execute'> {
  readonly requests: GraphRequest[] = [];
  readonly #sources: Source[] = [];
  readonly #waiting: ((source: Source) => void)[] = [];

  async open(request: GraphRequest): Promise<GraphText | GraphStream> {
    this.requests.push(request);
    const query = request.query ?? '';
    if (request.charge) await request.charge(0);
    if (query.startsWith('{ throws')) throw new TypeError('secret place');
    if (query.startsWith('{ bad')) {
      const refusal = new Refusal('document', 400, [
        { message: 'No such field', extensions: { code: 'INVALID_QUERY' } },
      ]);
      return { body: JSON.stringify({ errors: refusal.errors }), errors: 1, refusal };
    }
    if (query.startsWith('subscription') && request.accepts?.subscription)
      return this.#stream(request, 'subscription');
    if (query.startsWith('query Deferred') && request.accepts?.incremental)
      return this.#stream(request, 'incremental');
    return { body: '{"data":{"hello":"world"}}', errors: 0, refusal: undefined };
  }

  async execute(request: GraphRequest): Promise<GraphText> {
    const answer = await this.open({ ...request, accepts: undefined });
    if ('payloads' in answer) throw new TypeError('a stream where none was asked for');
    return answer;
  }

  /** The next stream that somebody opens. */
  source(): Promise<Source> {
    const source = this.#sources.shift();
    if (source) return Promise.resolve(source);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #stream(request: GraphRequest, kind: GraphStream['kind']): GraphStream {
    const source = new Source(request);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(source);
    else this.#sources.push(source);
    return { kind, payloads: source };
  }
}

export interface GraphServerOptions {
  readonly subscriptions?: unknown;
  readonly authenticator?: RouteAuthenticator;
  readonly stillHolds?: (identity: Identity) => boolean | Promise<boolean>;
  readonly scopes?: readonly string[];
  readonly clock?: Clock;
  readonly forward?: readonly string[];
  readonly listen?: Record<string, unknown>;
}

export interface GraphServer {
  readonly port: number;
  readonly graph: ScriptedGraph;
  readonly listener: Listener;
  readonly generation: OpenStreams;
  readonly counts: CallerCounts;
  /** Lines of the access log. */
  readonly lines: Record<string, unknown>[];
}

export async function serveGraph(test: TestContext, options: GraphServerOptions = {}): Promise<GraphServer> {
  const { clock = systemClock, authenticator, scopes = [], forward = [] } = options;
  const graph = new ScriptedGraph();
  const process = new OpenStreams({ clock, random: () => 0 });
  const generation = new OpenStreams({ clock, random: () => 0 });
  const counts = new CallerCounts();
  const keeper = new StreamKeeper({
    config: subscriptionsConfig.parse(options.subscriptions),
    clock,
    meter: noMeter,
    watch: new IdentityWatch(clock, options.stillHolds ?? (() => true)),
    counts,
    generation,
    process,
  });
  const grants = { scopes: scopes.length > 0 ? [{ require: 'all' as const, names: scopes }] : [], roles: [] };
  const guards = { deadlineMs: 10_000, authenticator, grants, limit: undefined };
  const chain = routeChain({
    ...guards,
    maxBodyBytes: 65_536,
    handler: graphHandler({ graph, maxBodyBytes: 65_536, forward, keeper }),
  });
  const identify =
    authenticator &&
    ((request: Parameters<typeof authenticator.identify>[0]) => authenticator.identify(request));
  const payloadFields = new Set([...(authenticator?.credentialHeaders ?? []), ...forward]);
  const sockets = {
    upgrade: upgradeChain({ ...guards, handler: graphUpgradeHandler({ keeper, identify, payloadFields }) }),
    operation: operationChain({ ...guards, handler: graphOperationHandler({ graph, forward }) }),
  };
  const lines: Record<string, unknown>[] = [];
  const handle = door(clock, { kind: 'graph', chain, sockets }, lines);
  const listener = createListener({
    config: listenConfig.parse({ host: '127.0.0.1', port: 0, drain: { idle: '10ms' }, ...options.listen }),
    handle,
    clock: systemClock,
    logger: noLogger,
    meter: noMeter,
    name: 'test',
    portOption: 'listen.port',
    onDrain: () => process.endAll(new FrontdeskError('draining'), 0),
  });
  const { port } = await listener.listen();
  test.after(() => listener.close());
  return { port, graph, listener, generation, counts, lines };
}

function door(
  clock: Clock,
  value: { kind: string; chain: Handler; sockets: { upgrade: Handler; operation: Handler } },
  lines: Record<string, unknown>[],
): Handler {
  return doorChain({
    ids: makeIdSource(),
    log: {
      clock,
      metrics: requestMetrics(noMeter),
      lines: { writeLater: (source) => void lines.push(JSON.parse(source.line())) },
      redact: (url) => url,
    },
    logger: noLogger,
    identityHeaders: [],
    match: match(compileRoutes([{ match: { path: '/graphql' }, source: 'graph', value }])),
  });
}

/** Waits for what a client's word brings about, turn by turn. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('it did not come about');
}
