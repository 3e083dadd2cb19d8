/**
 * What the resolvers of one GraphQL request share: each screen, with what it is told, is begun once however often it is
 * selected, and all of them read through the same clients.
 */

import type { Live } from '../../bff/live/live.ts';
import type { LiveRun } from '../../bff/live/live-run.ts';
import type { Operation } from '../../bff/operation.ts';
import { type CachePolicy, cachePolicy } from '../../bff/screen/cache-policy.ts';
import { type RunnableScreen, ScreenRun } from '../../bff/screen/engine.ts';
import type { OpenClients } from '../../bff/screen/part-run.ts';
import type { Screen } from '../../bff/screen/screen.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { CallContext, Exchange } from '../../core/exchange.ts';
import type { FaceParts } from './face-parts.ts';
import { FlowRuns } from './flow-runs.ts';
import { openLive } from './live-session.ts';
import type { StreamSlot } from './stream-slot.ts';

type Told = Readonly<Record<string, unknown>>;

/** The context of resolvers. Closures, because Apollo Server copies the members of its context. */
export interface RequestRuns {
  readonly exchange: Exchange;
  /** Where an answer in several payloads is left. */
  readonly slot: StreamSlot;
  readonly openClients: OpenClients;
  runOf(screen: Screen, input: Told): ScreenRun;
  /** Opens a live stream for the parts that are named. Rejects as a screen would. */
  follow(live: Live, input: Told, names: readonly string[]): Promise<LiveRun>;
  readonly flows: FlowRuns;
  /** Why this caller may not have an operation, if so. A request for one operation alone was held to it as a route. */
  refusalOf(operation: Operation): FrontdeskError | undefined | Promise<FrontdeskError | undefined>;
  /** Who asks, in parts, for limits on fields. */
  caller(): readonly string[];
  /** What is missing or partial, as `screen.part` where there are several screens, else by the part's name alone. */
  incomplete(): readonly string[];
  /** For how long the answer may be kept: what the one screen says that it is of. */
  cachePolicy(): CachePolicy | undefined;
  close(): void;
}

/** Begins a screen for an exchange. Throws `unauthenticated` or `insufficient_scope`. */
export function beginScreen(
  {
    clients,
    clock,
    report,
    caching,
    tellDrift,
    traces,
  }: Pick<FaceParts, 'clients' | 'clock' | 'report' | 'caching' | 'tellDrift' | 'traces'>,
  screen: RunnableScreen,
  input: Told,
  context: CallContext,
  openClients: OpenClients = clients.forRequest(),
): ScreenRun {
  const trace = traces?.begin(context.timeline, screen);
  return new ScreenRun(screen, { context, clock, openClients, input, report, caching, tellDrift, trace });
}

export function openRuns(parts: FaceParts, exchange: Exchange): RequestRuns {
  const { policies } = parts;
  const openClients = parts.clients.forRequest();
  const runs = new Map<string, ScreenRun>();
  const followed: LiveRun[] = [];
  const flows = new FlowRuns(parts.flows, exchange);
  return {
    exchange,
    slot: { accepts: undefined, stream: undefined },
    flows,
    openClients,
    refusalOf: (operation) =>
      operation.policies.length > 0 ? policies?.refusal(operation.policies, exchange) : undefined,
    async follow(live, input, names) {
      const run = await openLive(parts, live, input, exchange, names);
      followed.push(run);
      return run;
    },
    caller: () => callerOf(exchange),
    runOf(screen, input) {
      const key = screen.input ? `${screen.field} ${JSON.stringify(input)}` : screen.field;
      let run = runs.get(key);
      if (!run) {
        run = beginScreen(parts, screen, input, exchange, openClients);
        runs.set(key, run);
      }
      return run;
    },
    incomplete() {
      const ofScreens = [...runs.values()].flatMap((run) =>
        run.incomplete.map((name) => (runs.size === 1 ? name : `${run.screen.field}.${name}`)),
      );
      return [...ofScreens, ...flows.incomplete];
    },
    cachePolicy() {
      const [run, ...others] = runs.values();
      return run && others.length === 0 ? cachePolicy(run) : undefined;
    },
    close() {
      for (const run of runs.values()) run.close();
      for (const run of followed) run.end();
    },
  };
}

/** Who draws from limits on fields: the consumer, or else who is logged in, or else the address. */
export function callerOf({ identity, client }: Pick<Exchange, 'identity' | 'client'>): readonly string[] {
  return identity ? [identity.consumer ?? identity.subject, identity.subject] : ['', client.address];
}
