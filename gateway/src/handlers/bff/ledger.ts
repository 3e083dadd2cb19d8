/**
 * What is known of each BFF while the process lives, whichever configuration is newest: how many of its requests run, how
 * they ended, and its error budget. A reload that changes its objective begins a budget anew; any other keeps it. A
 * configuration that is built and never serves changes nothing.
 */
import type { Clock } from '../../core/clock.ts';
import { Keyed } from '../../core/keyed.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import { BURN_WINDOWS, type Burning, ErrorBudget } from './error-budget.ts';
import type { ObjectiveConfig } from './objective.ts';

/** How often it is asked at most how fast the budget burns. */
const JUDGED_EVERY_MS = 10_000;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * How a request of a BFF ended. `client_error`: it was the caller's own fault; `refused`: there was no room;
 * `abandoned`: the caller left.
 */
export type BffOutcome = 'ok' | 'incomplete' | 'client_error' | 'error' | 'refused' | 'abandoned';

export interface LedgerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

interface Instruments {
  readonly requests: Instrument;
  readonly seconds: Instrument;
  readonly running: Instrument;
  readonly events: Instrument;
  readonly burn: Instrument;
  readonly remaining: Instrument;
}

interface Places {
  running: number;
  refused: number;
  /** Of the configuration that served last. */
  serving: BffAccount | undefined;
}

/** BFFs and objectives that come and go with reloads; more are forgotten. */
const KEPT_ACCOUNTS = 1024;

export class BffLedger {
  readonly #options: LedgerOptions;
  readonly #instruments: Instruments;
  /** By name. */
  readonly #places = new Map<string, Places>();
  readonly #accounts = new Keyed<BffAccount>(KEPT_ACCOUNTS);

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#instruments = instrumentsOf(options.meter);
  }

  /** The account of a BFF under this objective. Names come from configurations: there are few. */
  account(name: string, objective: ObjectiveConfig | undefined): BffAccount {
    let places = this.#places.get(name);
    if (!places) {
      places = { running: 0, refused: 0, serving: undefined };
      this.#places.set(name, places);
    }
    const own = places;
    return this.#accounts.once(
      JSON.stringify([name, objective]),
      () => new BffAccount(name, objective, own, this.#options, this.#instruments),
    );
  }

  /** How a BFF does under the configuration that serves; nothing before its first request. */
  view(name: string): object {
    return this.#places.get(name)?.serving?.view ?? {};
  }

  /** Brings the gauges up to date. */
  measure(): void {
    for (const { serving } of this.#places.values()) serving?.measure();
  }
}

export class BffAccount {
  readonly #name: string;
  readonly #options: LedgerOptions;
  readonly #instruments: Instruments;
  readonly #objective: ObjectiveConfig | undefined;
  readonly #budget: ErrorBudget | undefined;
  readonly #places: Places;
  #judgedAt = Number.NEGATIVE_INFINITY;
  #burning: Burning = 'none';
  #spent = false;

  constructor(
    name: string,
    objective: ObjectiveConfig | undefined,
    places: Places,
    options: LedgerOptions,
    instruments: Instruments,
  ) {
    this.#name = name;
    this.#objective = objective;
    this.#budget = objective && new ErrorBudget(objective, options.clock);
    this.#places = places;
    this.#options = options;
    this.#instruments = instruments;
  }

  /** Takes a place among `most`; `false` where there is none. */
  enter(most: number): boolean {
    const places = this.#places;
    places.serving = this;
    if (places.running >= most) {
      places.refused += 1;
      return false;
    }
    places.running += 1;
    this.#instruments.running(places.running, this.#name);
    return true;
  }

  leave(): void {
    this.#places.running -= 1;
    this.#instruments.running(this.#places.running, this.#name);
  }

  /** Whether its requests make way for others. */
  get yields(): boolean {
    return this.#spent && this.#objective?.onExhausted === 'yield';
  }

  /** A request has its answer's head, or none. `screen`: from the BFF's definition, or `*`. */
  ended(screen: string, outcome: BffOutcome, durationMs: number): void {
    const { requests, seconds, events } = this.#instruments;
    requests(1, this.#name, screen, outcome);
    if (outcome !== 'refused') seconds(durationMs / 1000, this.#name, screen);
    const verdict = this.#verdict(outcome, durationMs);
    if (verdict === undefined || !this.#budget) return;
    events(1, this.#name, screen, verdict);
    this.#budget.add(verdict === 'good');
    if (verdict !== 'good' || this.#burning !== 'none' || this.#spent) this.#judge();
  }

  measure(): void {
    if (!this.#budget) return;
    const { burn, remaining } = this.#instruments;
    for (const [window, ms] of Object.entries(BURN_WINDOWS))
      burn(this.#budget.burnRate(ms), this.#name, window);
    remaining(this.#budget.remaining, this.#name);
    this.#judge();
  }

  /** For operators. */
  get view(): object {
    const budget = this.#budget;
    return {
      running: this.#places.running,
      refused: this.#places.refused,
      objective: this.#objective && {
        availability: this.#objective.availability,
        latencyMs: this.#objective.latency ?? null,
        windowMs: this.#objective.window,
        onExhausted: this.#objective.onExhausted,
      },
      budget: budget && {
        ...budget.counts,
        remaining: budget.remaining,
        burning: budget.burning,
        burnRates: ratesOf(budget),
      },
    };
  }

  /** `undefined` for what says nothing of the BFF: callers' faults, and callers who left. */
  #verdict(outcome: BffOutcome, durationMs: number): 'good' | 'error' | 'slow' | 'incomplete' | undefined {
    if (outcome === 'client_error' || outcome === 'abandoned') return undefined;
    if (outcome === 'error' || outcome === 'refused') return 'error';
    if (outcome === 'incomplete' && this.#objective?.incomplete === 'bad') return 'incomplete';
    return durationMs > (this.#objective?.latency ?? Number.POSITIVE_INFINITY) ? 'slow' : 'good';
  }

  #judge(): void {
    const now = this.#options.clock.now();
    if (!this.#budget || now - this.#judgedAt < JUDGED_EVERY_MS) return;
    this.#judgedAt = now;
    const { burning, remaining } = this.#budget;
    const { logger } = this.#options;
    const told = { bff: this.#name, remaining, burnRates: ratesOf(this.#budget) };
    if (burning !== this.#burning) {
      if (burning === 'none') logger.info(told, 'the error budget of a BFF no longer burns');
      else logger.warn({ ...told, burning }, 'the error budget of a BFF burns');
      this.#burning = burning;
    }
    const spent = remaining <= 0;
    if (spent === this.#spent) return;
    this.#spent = spent;
    if (spent) logger.error(told, 'the error budget of a BFF is spent');
    else logger.info(told, 'a BFF has an error budget again');
  }
}

function ratesOf(budget: ErrorBudget): Record<string, number> {
  return Object.fromEntries(
    Object.entries(BURN_WINDOWS).map(([window, ms]) => [window, budget.burnRate(ms)]),
  );
}

function instrumentsOf(meter: Meter): Instruments {
  return {
    requests: meter.counter({
      name: 'frontdesk_bff_requests_total',
      help: 'Requests of BFFs by screen or flow (graphql for that face, * for one that runs apart) and outcome',
      labels: ['bff', 'screen', 'outcome'],
    }),
    seconds: meter.histogram({
      name: 'frontdesk_bff_request_seconds',
      help: 'Time to the head of the answers of BFFs',
      labels: ['bff', 'screen'],
      buckets: SECONDS,
    }),
    running: meter.gauge({
      name: 'frontdesk_bff_running',
      help: 'Requests of a BFF that run now',
      labels: ['bff'],
    }),
    events: meter.counter({
      name: 'frontdesk_bff_objective_events_total',
      help: 'Requests that count for the objective of a BFF: good, or why not',
      labels: ['bff', 'screen', 'verdict'],
    }),
    burn: meter.gauge({
      name: 'frontdesk_bff_burn_rate',
      across: 'max',
      help: 'How many times faster than allowed the error budget goes, in this process',
      labels: ['bff', 'window'],
    }),
    remaining: meter.gauge({
      name: 'frontdesk_bff_budget_remaining',
      across: 'min',
      help: 'What is left of the error budget: 1 all, 0 nothing, in this process',
      labels: ['bff'],
    }),
  };
}
