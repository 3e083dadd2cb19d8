/**
 * Mounts a BFF: each screen as `GET {mount}{path}`, all of them as GraphQL at `{mount}/graphql`, on one engine and
 * with the same clients. The BFF's schema and screens are checked against each other, and against the
 * configuration, before anything is served.
 */

import type { Bff } from '../../bff/definition.ts';
import { type PartReport, ScreenRun } from '../../bff/engine.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import { isGrpcBackend } from '../../bff/grpc-backend.ts';
import type { PartScope } from '../../bff/part-run.ts';
import type { Screen } from '../../bff/screen.ts';
import { WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { type Logger, noLogger } from '../../core/log.ts';
import { type Meter, noMeter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { BffClients } from './clients.ts';
import type { DrawField } from './field-limits.ts';
import { type OpenRuns, startGraphqlFace } from './graphql.ts';
import { readInput } from './input.ts';
import { type BffRoute, bffRoutes } from './routes.ts';
import { BffError, bindSchema } from './schema.ts';

const PART_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface MountBffOptions {
  /** The path that it lives under: `/mobile`. */
  readonly mount: string;
  readonly callUpstream: CallUpstream;
  readonly graph?: GraphClient | undefined;
  readonly clock: Clock;
  /** Names under `upstreams`; a backend that is not among them is an error at start. Default: not checked. */
  readonly upstreams?: ReadonlySet<string> | undefined;
  /** Whether clients may ask for the GraphQL schema. Default: false. */
  readonly introspection?: boolean;
  readonly logger?: Logger;
  readonly meter?: Meter;
  /** Where fields with `@rateLimit` draw from. Default: nowhere, they are not limited. */
  readonly draw?: DrawField | undefined;
  /** What screens' policies are; a name that is not among them is an error at start. Default: none. */
  readonly policies?: ScreenPolicies | undefined;
}

/** Policies as screens name them. */
export interface ScreenPolicies {
  has(name: string): boolean;
  /** The refusal of a caller, if any; rejects where nobody can tell. */
  refusal(
    names: readonly string[],
    exchange: Exchange,
  ): FrontdeskError | undefined | Promise<FrontdeskError | undefined>;
}

export interface MountedRoute extends BffRoute {
  readonly handler: Handler;
}

export interface MountedBff {
  readonly name: string;
  readonly routes: readonly MountedRoute[];
  /** Ends its GraphQL server; after the last request that used it. */
  dispose(): Promise<void>;
}

/** Rejects with a `BffError` that names all that does not fit. */
export async function mountBff(bff: Bff, options: MountBffOptions): Promise<MountedBff> {
  const { mount, logger = noLogger } = options;
  checkMount(bff, options);
  const schema = await bindSchema(bff, options.draw);
  const { callUpstream, graph } = options;
  const clients = new BffClients(bff.backends, {
    callUpstream,
    graph,
    grpc: await openGrpc(bff, callUpstream),
  });
  const report = reporter(bff, logger, options.meter ?? noMeter);
  const begin = (
    screen: Screen,
    input: Readonly<Record<string, unknown>>,
    context: Exchange,
    openClients = clients.forRequest(),
  ) => new ScreenRun(screen, { context, clock: options.clock, openClients, input, report });

  const face = await startGraphqlFace({
    schema,
    introspection: options.introspection ?? false,
    logger,
    openRuns: (exchange) => {
      const openClients = clients.forRequest();
      return openRuns(
        exchange,
        (screen, input) => begin(screen, input, exchange, openClients),
        // A request for one screen alone was held to its policies as a route.
        (screen) =>
          screen.policies.length > 0 ? options.policies?.refusal(screen.policies, exchange) : undefined,
      );
    },
  });
  const routes = bffRoutes(bff, mount).map((route): MountedRoute => {
    const screen = bff.screens.find((one) => one === route.operation);
    const handler: Handler = screen
      ? (exchange) => answerRest(() => begin(screen, readInput(screen, exchange), exchange), exchange)
      : face.handler;
    return { ...route, handler };
  });
  return { name: bff.name, routes, dispose: () => face.dispose() };
}

/** It brings the reader of schemas, which a BFF without gRPC never loads. */
async function openGrpc(
  bff: Bff,
  callUpstream: CallUpstream,
): Promise<((scope: PartScope) => object) | undefined> {
  if (!Object.values(bff.backends).some(isGrpcBackend)) return undefined;
  const { loadGrpcClients } = await import('./grpc.ts');
  try {
    const clients = await loadGrpcClients(bff.backends, callUpstream);
    return (scope) => clients.open(scope);
  } catch (error) {
    throw new BffError(bff.name, [error instanceof Error ? error.message : String(error)]);
  }
}

async function answerRest(begin: () => ScreenRun, exchange: Exchange): Promise<Reply> {
  const run = begin();
  try {
    const { values, incomplete } = await run.all();
    exchange.cancellation.throwIfCancelled();
    const fields = new HeaderFields([
      'content-type',
      'application/json; charset=utf-8',
      'cache-control',
      'no-store',
    ]);
    if (incomplete.length > 0) fields.append('frontdesk-incomplete', incomplete.join(', '));
    return makeReply(200, fields, new WholeBody(JSON.stringify(values)));
  } finally {
    run.close();
  }
}

/** The runs of one GraphQL request. Closures, because Apollo Server copies the members of its context. */
function openRuns(
  { identity, client }: Exchange,
  begin: (screen: Screen, input: Readonly<Record<string, unknown>>) => ScreenRun,
  refusalOf: (screen: Screen) => FrontdeskError | undefined | Promise<FrontdeskError | undefined>,
): OpenRuns {
  const runs = new Map<string, ScreenRun>();
  return {
    refusalOf,
    caller: () =>
      identity ? [identity.consumer ?? identity.subject, identity.subject] : ['', client.address],
    runOf(screen, input) {
      const key = screen.input ? `${screen.field} ${JSON.stringify(input)}` : screen.field;
      let run = runs.get(key);
      if (!run) {
        run = begin(screen, input);
        runs.set(key, run);
      }
      return run;
    },
    incomplete() {
      const named = [...runs.values()].flatMap((run) =>
        run.incomplete.map((name) => (runs.size === 1 ? name : `${run.screen.field}.${name}`)),
      );
      return named;
    },
    close() {
      for (const run of runs.values()) run.close();
    },
  };
}

function checkMount(bff: Bff, { mount, upstreams, policies }: MountBffOptions): void {
  const faults: string[] = [];
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(mount))
    faults.push(`mount: expected a path such as /mobile, not "${mount}"`);
  for (const name of upstreams ? Object.keys(bff.backends) : []) {
    if (!upstreams?.has(name)) faults.push(`it reads backend ${name}, but upstreams has no ${name}`);
  }
  for (const { field, policies: asked } of bff.screens) {
    for (const name of asked) {
      if (policies?.has(name) !== true)
        faults.push(`screen ${field} asks for policy ${name}, but policies has no ${name}`);
    }
  }
  if (faults.length > 0) throw new BffError(bff.name, faults);
}

function reporter(bff: Bff, logger: Logger, meter: Meter): (report: PartReport) => void {
  const seconds = meter.histogram({
    name: 'frontdesk_bff_part_seconds',
    help: 'Time of the parts of screens',
    labels: ['bff', 'screen', 'part', 'outcome'],
    buckets: PART_SECONDS,
  });
  return ({ screen, part, outcome, durationMs, failure }) => {
    seconds(durationMs / 1000, bff.name, screen, part, outcome);
    if (!failure) return;
    const { code, detail } = failure;
    logger.warn({ bff: bff.name, screen, part, code, detail, durationMs }, 'a part failed');
  };
}
