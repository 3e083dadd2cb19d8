/** What a run of a screen is given, and what comes of it. */
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { ScreenTrace } from '../../core/request-trace.ts';
import type { TellDrift } from '../drift.ts';
import type { PartCaching } from './part-caching.ts';
import type { Freshness, OpenClients } from './part-run.ts';
import type { Screen } from './screen.ts';

/** What became of a part. */
export interface PartOutcome {
  readonly name: string;
  /** What the client sees: the shaped value, the fallback, or null. */
  readonly value: unknown;
  /** Why the value is not the part's own. */
  readonly failure: FrontdeskError | undefined;
  /** Whether the value lacks something that the graph could not give. */
  readonly partial: boolean;
  /** For whom and how long it may be kept; `undefined` where it may not. */
  readonly freshness?: Freshness | undefined;
}

/** How one part ended, for logs and metrics. */
export interface PartReport {
  readonly screen: string;
  readonly part: string;
  /**
   * `cached`: another request's value was given. `stale`: an old one, since it failed. `stopped`: the screen was over
   * before it was.
   */
  readonly outcome: 'ok' | 'partial' | 'failed' | 'cached' | 'stale' | 'stopped';
  readonly durationMs: number;
  readonly failure: FrontdeskError | undefined;
}

/** What of a screen its run needs. */
export type RunnableScreen = Pick<Screen, 'field' | 'scopes' | 'deadlineMs' | 'parts'> & {
  /** The screen whose kept values are its own. Default: itself. */
  readonly keptAs?: string | undefined;
};

export interface ScreenRunOptions {
  /** The exchange that asks. */
  readonly context: CallContext;
  readonly clock: Clock;
  readonly openClients: OpenClients;
  /** What the caller said, checked. Default: nothing. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** Told of each part that was asked for, once. */
  readonly report?: ((report: PartReport) => void) | undefined;
  /** Told when parts settle and for whom they wait, for people who look at the request. Default: nobody does. */
  readonly trace?: ScreenTrace | undefined;
  /** Where cached parts and last good values are kept. Default: nowhere, and every part is fetched. */
  readonly caching?: PartCaching | undefined;
  /** Told where a part's value is not as its schema says. */
  readonly tellDrift?: TellDrift | undefined;
  /** The part whose value this run is there to fetch anew, behind an answer. */
  readonly refreshes?: string | undefined;
}

/** All parts of a screen. */
export interface ScreenAnswer {
  readonly values: Readonly<Record<string, unknown>>;
  /** The names of the parts that are missing or partial, in the screen's order. */
  readonly incomplete: readonly string[];
}
