/**
 * Draws from limits that lie in different slots of a Redis Cluster, where no one step can reach them all: slot by slot,
 * the narrowest limit first, since it is the one that refuses most often and then nothing else was touched. When a later
 * one refuses, what was drawn before is given back.
 *
 * Never more is admitted than each limit allows. The price is a window of a call or two in which what is given back is
 * missing: another request of the same caller may be refused in it that need not have been.
 */
import { slotText } from '../bucket-key.ts';
import { allAllowed } from '../decision.ts';
import type { Decisions, LimitCheck, LimitDecision, Limiter } from '../limiter.ts';

/** Gives back what was drawn of one limit. */
export type GiveBack = (check: LimitCheck, tokens: number) => Promise<void>;

interface Group {
  readonly checks: LimitCheck[];
  /** Where they stand among all that were asked for. */
  readonly places: number[];
}

export class SlotLimiter implements Limiter {
  readonly #shared: Limiter;
  readonly #giveBack: GiveBack;

  constructor(shared: Limiter, giveBack: GiveBack) {
    this.#shared = shared;
    this.#giveBack = giveBack;
  }

  take(checks: readonly LimitCheck[], tokens: number): Decisions | Promise<Decisions> {
    return inOneSlot(checks) ? this.#shared.take(checks, tokens) : this.#takeInTurn(checks, tokens);
  }

  async #takeInTurn(checks: readonly LimitCheck[], tokens: number): Promise<Decisions> {
    const told: LimitDecision[] = [];
    const drawn: LimitCheck[] = [];
    let asked = tokens;
    try {
      for (const group of groupsOf(checks)) {
        // After a refusal the others are asked for their level alone.
        const decisions = await this.#shared.take(group.checks, asked);
        decisions.forEach((decision, i) => {
          told[group.places[i] ?? 0] = decision;
        });
        if (asked === 0) continue;
        if (allAllowed(decisions)) drawn.push(...group.checks);
        else asked = 0;
      }
    } catch (error) {
      await this.#return(drawn, tokens);
      throw error;
    }
    if (asked === 0) await this.#return(drawn, tokens);
    return told;
  }

  /** As far as it can be: what cannot be given back is missing until it is refilled. */
  async #return(drawn: readonly LimitCheck[], tokens: number): Promise<void> {
    if (tokens > 0) await Promise.allSettled(drawn.map((check) => this.#giveBack(check, tokens)));
  }
}

function inOneSlot(checks: readonly LimitCheck[]): boolean {
  const [first] = checks;
  for (let i = 1; i < checks.length; i += 1) {
    if (slotText(checks[i]?.key ?? []) !== slotText(first?.key ?? [])) return false;
  }
  return true;
}

function groupsOf(checks: readonly LimitCheck[]): readonly Group[] {
  const groups = new Map<string, Group>();
  checks.forEach((check, place) => {
    const slot = slotText(check.key);
    const group = groups.get(slot) ?? { checks: [], places: [] };
    group.checks.push(check);
    group.places.push(place);
    groups.set(slot, group);
  });
  return [...groups.values()].sort((a, b) => narrowest(a) - narrowest(b));
}

function narrowest({ checks }: Group): number {
  return Math.min(...checks.map(({ spec }) => spec.capacity));
}
