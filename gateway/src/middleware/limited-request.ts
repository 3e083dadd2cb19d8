/**
 * One request under the limits that hold for it: it holds its places among the requests at once, draws from all its
 * limits in one step or from none, waits for its turn under a leaky bucket, and tells on the way back what is left, on
 * answers and errors alike. A refusal is 429 with the time to come again, and names every policy that refused.
 */
import type { Clock } from '../core/clock.ts';
import { FrontdeskError, toFrontdeskError, withErrorFields } from '../core/errors.ts';
import type { Exchange, Handler, Reply } from '../core/exchange.ts';
import type { Instrument } from '../core/meter.ts';
import type { InFlight } from '../limits/algorithms/in-flight.ts';
import { isInTime, longestWaitMs, turn } from '../limits/algorithms/turn.ts';
import type { Decisions, LimitCheck, LimitDecision, Limiter } from '../limits/limiter.ts';
import type { Asker } from '../limits/plans/dimensions.ts';
import type { PlaceRule, RuleSet } from '../limits/plans/rules.ts';
import {
  type Quota,
  rateLimitFields,
  retryAfterS,
  setRateLimitFields,
  tightestOf,
} from '../wire/ratelimit-headers.ts';

/** When a place among the requests at once comes free nobody can tell. */
const PLACE_RETRY_MS = 1000;

/** The problem type of draft-ietf-httpapi-ratelimit-headers-10 §5.1, as a member: `type` is our own for every code. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** What was drawn at the door, to be told with what was drawn further in. */
export class DoorDraws {
  readonly #told = new WeakMap<Exchange, readonly Quota[]>();

  leave(exchange: Exchange, told: readonly Quota[]): void {
    this.#told.set(exchange, told);
  }

  /** Whoever takes it tells it. */
  take(exchange: Exchange): readonly Quota[] | undefined {
    const told = this.#told.get(exchange);
    if (told) this.#told.delete(exchange);
    return told;
  }
}

/** What all requests at one place have in common. */
export interface LimitingParts {
  readonly limiter: Limiter;
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly template: string;
  readonly count: Instrument;
  /** Where the draws at the door lie; `undefined` where the door draws nothing. */
  readonly door: DoorDraws | undefined;
  /** Whether this is the door. */
  readonly isDoor: boolean;
}

/** The limits to draw from at once, and those of them from which a cost is drawn later, with their places. */
export interface Checks {
  readonly all: readonly LimitCheck[];
  readonly dear: readonly LimitCheck[];
  readonly dearAt: readonly number[];
}

export class LimitedRequest {
  readonly #parts: LimitingParts;
  readonly #rules: RuleSet;
  readonly #checks: Checks;
  readonly #exchange: Exchange;
  readonly #next: Handler;
  /** In the order of the checks; those by operation behind them. */
  #told: Decisions = [];
  #places: readonly Quota[] | undefined;
  #atDoor: readonly Quota[] | undefined;

  constructor(parts: LimitingParts, rules: RuleSet, checks: Checks, exchange: Exchange, next: Handler) {
    this.#parts = parts;
    this.#rules = rules;
    this.#checks = checks;
    this.#exchange = exchange;
    this.#next = next;
  }

  run(): Promise<Reply> {
    const { door, isDoor } = this.#parts;
    if (door && !isDoor) this.#atDoor = door.take(this.#exchange);
    return this.#rules.places.length > 0 ? this.#inPlaces() : this.#draw();
  }

  /** Draws a cost that became known; those wait who come next. */
  async charge(tokens: number): Promise<void> {
    const { dear, dearAt } = this.#checks;
    if (dear.length === 0) return;
    const decisions = await this.#parts.limiter.take(dear, tokens);
    if (dear === this.#checks.all) return this.#note(decisions);
    const told = [...this.#told];
    const noted = decisions.map((decision) => this.#inTime(decision));
    noted.forEach((decision, i) => {
      told[dearAt[i] ?? 0] = decision;
    });
    this.#told = told;
    this.#decide(noted);
  }

  /** Draws from the limits by operation. */
  async chargeOperation(operation: string): Promise<void> {
    const rules = this.#rules.operations;
    const asker = askerOf(this.#exchange);
    const checks = rules.map(({ spec, keyOf }) => ({ spec, key: keyOf(asker, operation) }));
    const noted = (await this.#parts.limiter.take(checks, 1)).map((decision) => this.#inTime(decision));
    // Of several operations in one request the last is told.
    this.#told = [...this.#told.filter(({ spec }) => !rules.some((rule) => rule.spec === spec)), ...noted];
    this.#decide(noted);
    const waitMs = longestWaitMs(noted);
    if (waitMs > 0) await turn(this.#exchange, this.#parts.clock, waitMs);
  }

  #inPlaces(): Promise<Reply> {
    const { inFlight, count, template } = this.#parts;
    const { places } = this.#rules;
    const asker = askerOf(this.#exchange);
    const held = inFlight.hold(places.map(({ spec, keyOf }) => ({ max: spec.capacity, key: keyOf(asker) })));
    this.#places = places.map((rule, i) => placeQuota(rule, held.had[i] === true, held.left[i] ?? 0));
    for (const { spec, allowed } of this.#places)
      count(1, template, spec.name, allowed ? 'allowed' : 'refused');
    const { release } = held;
    if (!release) return Promise.reject(this.#refusal());
    return this.#drawn().then(
      (reply) => {
        reply.settlement.whenSettled(release);
        return reply;
      },
      (error: unknown) => {
        release();
        throw error;
      },
    );
  }

  /** What throws at once must give its places back as well. */
  #drawn(): Promise<Reply> {
    try {
      return this.#draw();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #draw(): Promise<Reply> {
    const { all } = this.#checks;
    if (all.length === 0) return this.#go();
    const taken = this.#parts.limiter.take(all, 1);
    if (taken instanceof Promise) return taken.then((decisions) => this.#goInTurn(decisions));
    try {
      return this.#goInTurn(taken);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #goInTurn(decisions: Decisions): Promise<Reply> {
    this.#note(decisions);
    const waitMs = longestWaitMs(decisions);
    return waitMs === 0 ? this.#go() : turn(this.#exchange, this.#parts.clock, waitMs).then(() => this.#go());
  }

  #go(): Promise<Reply> {
    const { door, isDoor } = this.#parts;
    const exchange = this.#exchange;
    if (door && isDoor) door.leave(exchange, this.#quotas());
    return this.#next(exchange).then(
      (reply) => {
        if (!isDoor || door?.take(exchange)) setRateLimitFields(reply.headers, this.#quotas());
        return reply;
      },
      (error: unknown) => {
        throw !isDoor || door?.take(exchange) ? withFields(error, this.#quotas()) : error;
      },
    );
  }

  #note(decisions: Decisions): void {
    let told = decisions;
    for (let i = 0; i < decisions.length; i += 1) {
      const decision = decisions[i];
      if (decision && decision.waitMs > 0) {
        told = decisions.map((one) => this.#inTime(one));
        break;
      }
    }
    this.#told = told;
    this.#decide(told);
  }

  #decide(decisions: Decisions): void {
    const { count, template } = this.#parts;
    let isRefused = false;
    for (let i = 0; i < decisions.length; i += 1) {
      const decision = decisions[i];
      if (!decision) continue;
      if (!decision.allowed) isRefused = true;
      count(1, template, decision.spec.name, decision.allowed ? 'allowed' : 'refused');
    }
    if (isRefused) throw this.#refusal();
  }

  /** A turn that would come when nobody waits for the answer any more is none. */
  #inTime(decision: LimitDecision): LimitDecision {
    const { waitMs } = decision;
    if (waitMs === 0 || isInTime(this.#exchange, waitMs)) return decision;
    return { ...decision, allowed: false, retryAfterMs: waitMs };
  }

  /** All that is to be told, from the door inwards. */
  #quotas(): readonly Quota[] {
    if (!this.#places && !this.#atDoor) return this.#told;
    return [...(this.#atDoor ?? []), ...(this.#places ?? []), ...this.#told];
  }

  #refusal(): FrontdeskError {
    const quotas = this.#quotas();
    const violated = quotas.filter(({ allowed }) => !allowed);
    const [first] = violated;
    return new FrontdeskError('rate_limited', {
      ...(first ? { retryAfterS: retryAfterS(tightestOf(violated, first)) } : {}),
      headers: rateLimitFields(quotas),
      members: { reason: QUOTA_EXCEEDED, 'violated-policies': violated.map(({ spec }) => spec.name) },
    });
  }
}

export function askerOf({ identity, client }: Pick<Exchange, 'identity' | 'client'>): Asker {
  return { identity, address: client.address };
}

function placeQuota({ spec }: PlaceRule, allowed: boolean, remaining: number): Quota {
  return { spec, allowed, remaining, resetMs: 0, retryAfterMs: allowed ? 0 : PLACE_RETRY_MS };
}

/** The same error, which tells of the limits too. */
function withFields(thrown: unknown, quotas: readonly Quota[]): FrontdeskError {
  const error = toFrontdeskError(thrown);
  if (quotas.length === 0 || error.headers.some(([name]) => name === 'ratelimit')) return error;
  return withErrorFields(error, rateLimitFields(quotas));
}
