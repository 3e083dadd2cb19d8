/**
 * Faults on request. A service holds a list of rules; the first rule that fits a request decides what goes wrong
 * with it. Chance is seeded: the same rules see the same requests fail.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SeededRandom } from '../data/random.ts';
import { answerWithError, holdBack, isSpoiling, pause, spoil } from './answer-faults.ts';
import type { FaultRule } from './fault-rule.ts';
import { Problem } from './problem.ts';

const MAX_WAITING = 100;

interface ActiveRule {
  readonly rule: FaultRule;
  skip: number;
  left: number;
}

interface Waiting {
  readonly count: number;
  readonly tell: (taken: number) => void;
}

export class Faults {
  #active: ActiveRule[] = [];
  #random = new SeededRandom(1);
  #bitten = 0;
  #waiting: Waiting[] = [];

  /** Puts these rules in the place of all that were. */
  set(rules: readonly FaultRule[]): void {
    this.#active = rules.map((rule) => ({
      rule,
      skip: rule.skip ?? 0,
      left: rule.count ?? Number.POSITIVE_INFINITY,
    }));
    this.#random = new SeededRandom(1);
    this.#bitten = 0;
  }

  /** The rules that still have something to do. */
  list(): readonly FaultRule[] {
    return this.#active.filter(({ left }) => left > 0).map(({ rule }) => rule);
  }

  /** Whether the body must be known to tell which rule takes this request. */
  wantsBody(method: string, path: string): boolean {
    return this.#active.some(({ rule, left }) => left > 0 && rule.contains && fitsHead(rule, method, path));
  }

  /** The rule that this request is subject to, if any; counts it as taken. */
  take(method: string, path: string, body = ''): FaultRule | undefined {
    for (const active of this.#active) {
      const { rule } = active;
      if (active.left <= 0 || !fitsHead(rule, method, path)) continue;
      if (rule.contains !== undefined && !body.includes(rule.contains)) continue;
      if (rule.rate !== undefined && this.#random.next() >= rule.rate) continue;
      if (active.skip > 0) {
        active.skip--;
        continue;
      }
      active.left--;
      return rule;
    }
    return undefined;
  }

  /** Something went wrong with a request just now: before its work, or behind it where the rule says so. */
  bite(): void {
    this.#bitten++;
    const ready = this.#waiting.filter(({ count }) => count <= this.#bitten);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#bitten);
    for (const { tell } of ready) tell(this.#bitten);
  }

  /** How many requests something went wrong with since the rules were set, as soon as there are `count`. */
  taken(count: number): Promise<number> {
    if (this.#bitten >= count) return Promise.resolve(this.#bitten);
    if (this.#waiting.length >= MAX_WAITING) throw new Problem(429, `at most ${MAX_WAITING} wait at once`);
    return new Promise((tell) => this.#waiting.push({ count, tell }));
  }

  /**
   * Makes happen what the rule says. Resolves true where the request shall still be handled; what shall go
   * wrong with its answer is then prepared on the response.
   */
  async inflict(rule: FaultRule, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!rule.after) return this.#befall(rule, request, response);
    holdBack(response, async (body) => {
      if (await this.#befall(rule, request, response)) response.end(body);
    });
    return true;
  }

  async #befall(rule: FaultRule, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    this.bite();
    const delayMs = this.delayOf(rule);
    if (delayMs > 0 && !(await pause(delayMs, response))) return false;
    if (rule.hang) return false;
    if (rule.reset) {
      request.socket.resetAndDestroy();
      return false;
    }
    if (isSpoiling(rule)) spoil(rule, response);
    if (!this.fails(rule)) return true;
    answerWithError(rule, response);
    return false;
  }

  /** How long the rule holds this request back. */
  delayOf({ latencyMs = 0, jitterMs = 0 }: FaultRule): number {
    return latencyMs + jitterMs * this.#random.next();
  }

  /** Whether this request gets an error by the rule's chance. */
  fails({ errorRate, status, grpcStatus, body }: FaultRule): boolean {
    const isError = status !== undefined || grpcStatus !== undefined || body !== undefined;
    const rate = errorRate ?? (isError ? 1 : 0);
    return rate > 0 && this.#random.next() < rate;
  }
}

function fitsHead(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  return rule.path === undefined || fitsPath(rule.path, path);
}

function fitsPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
