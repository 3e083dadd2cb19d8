/**
 * What the resolvers of one GraphQL request share: each screen, with what it is told, is begun once however often it is
 * selected, and all of them read through the same clients.
 */
import { ScreenRun } from '../../bff/engine.ts';
import type { Operation } from '../../bff/operation.ts';
import type { OpenClients } from '../../bff/part-run.ts';
import type { Screen } from '../../bff/screen.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { FaceParts } from './face-parts.ts';

type Told = Readonly<Record<string, unknown>>;

/** The context of resolvers. Closures, because Apollo Server copies the members of its context. */
export interface RequestRuns {
  readonly exchange: Exchange;
  readonly openClients: OpenClients;
  runOf(screen: Screen, input: Told): ScreenRun;
  /** Why this caller may not have an operation, if so. A request for one operation alone was held to it as a route. */
  refusalOf(operation: Operation): FrontdeskError | undefined | Promise<FrontdeskError | undefined>;
  /** Who asks, in parts, for limits on fields. */
  caller(): readonly string[];
  /** What is missing or partial, as `screen.part` where there are several screens, else by the part's name alone. */
  incomplete(): readonly string[];
  close(): void;
}

/** Begins a screen for an exchange. Throws `unauthenticated` or `insufficient_scope`. */
export function beginScreen(
  { clients, clock, report }: Pick<FaceParts, 'clients' | 'clock' | 'report'>,
  screen: Screen,
  input: Told,
  context: Exchange,
  openClients: OpenClients = clients.forRequest(),
): ScreenRun {
  return new ScreenRun(screen, { context, clock, openClients, input, report });
}

export function openRuns(parts: FaceParts, exchange: Exchange): RequestRuns {
  const { policies } = parts;
  const openClients = parts.clients.forRequest();
  const runs = new Map<string, ScreenRun>();
  return {
    exchange,
    openClients,
    refusalOf: (operation) =>
      operation.policies.length > 0 ? policies?.refusal(operation.policies, exchange) : undefined,
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
      return [...runs.values()].flatMap((run) =>
        run.incomplete.map((name) => (runs.size === 1 ? name : `${run.screen.field}.${name}`)),
      );
    },
    close() {
      for (const run of runs.values()) run.close();
    },
  };
}

/** Who draws from limits on fields: the consumer, or else who is logged in, or else the address. */
export function callerOf({ identity, client }: Pick<Exchange, 'identity' | 'client'>): readonly string[] {
  return identity ? [identity.consumer ?? identity.subject, identity.subject] : ['', client.address];
}
