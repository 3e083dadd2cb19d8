/**
 * The network of a test: every call that reaches a backend is noted, befallen by its fault and answered by a fake. It is all
 * that a run shares with the processes before it, so that a process may die and its backends not.
 */
import type { Cancellation } from '../core/abort.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import { type FakeBackends, MissingFakeError } from './backends.ts';
import { type CallPlace, PartialAnswer, StatusAnswer } from './fake-answer.ts';
import { drifted, errorOf, type Fate, type FaultPlan } from './faults.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A call that no fault and no caller ends is given up by the upstream after so long, milliseconds. */
const UPSTREAM_TIMEOUT_MS = 10_000;

/** A call as it reached a backend: several of parts may be one. */
export interface SentCall {
  /** `users GET /users/{id}`, `graph RecentOrders`, or `dispatch findDriver`. */
  readonly to: string;
  /** The parts or steps that it was made for: `['user']`, `['undo payment']`. */
  readonly parts: readonly string[];
  /** What the fake was told. */
  readonly input: unknown;
  /** The keys of a batch, in the order in which they were sent. */
  readonly keys?: readonly string[];
  /** The key that the backend knows a repeated request by: its field `Idempotency-Key`. */
  readonly idempotencyKey?: string;
  /** When, on the test's clock, milliseconds since it began. */
  readonly atMs: number;
  /** `ok`, or the code of the error that the caller got; `undefined` while there is neither. */
  readonly outcome: string | undefined;
}

/** A call on its way. */
export interface WireCall extends CallPlace {
  readonly to: string;
  readonly parts: readonly string[];
  readonly input: unknown;
  /** Of the graph: the operation's text. */
  readonly document?: string;
  readonly keys?: readonly string[] | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly cancellation: Cancellation;
  /** Of one attempt. */
  readonly limitMs: number | undefined;
}

export interface WireOptions {
  readonly fakes: FakeBackends;
  readonly faults: FaultPlan;
  /** `undefined` where a test turns its clock itself: then nothing is slow. */
  readonly clock: VirtualClock | undefined;
  readonly now: () => number;
}

/** One process's way to the backends, which may be cut. */
export interface Gate {
  readonly isCut: boolean;
}

export class Wire {
  readonly sent: SentCall[] = [];
  /** Calls that nothing answers: the test's own fault, whatever the operation makes of it. */
  readonly missing: MissingFakeError[] = [];
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  get faults(): FaultPlan {
    return this.#options.faults;
  }

  /** What the fake answers, drifted as it may be. Rejects as the call would. */
  async ask(call: WireCall): Promise<unknown> {
    const { to, parts, input, keys, idempotencyKey } = call;
    const noted: { -readonly [Name in keyof SentCall]: SentCall[Name] } = {
      to,
      parts,
      input,
      ...(keys ? { keys } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      atMs: this.#options.now(),
      outcome: undefined,
    };
    this.sent.push(noted);
    const { promise: gone, reject } = Promise.withResolvers<never>();
    gone.catch(() => {});
    const unlisten = call.cancellation.onCancel(reject);
    try {
      const answer = await Promise.race([this.#answer(call), gone]);
      noted.outcome = answer instanceof StatusAnswer ? `status ${answer.status}` : 'ok';
      return answer;
    } catch (error) {
      noted.outcome = error instanceof MissingFakeError ? 'no fake' : toFrontdeskError(error).code;
      throw error;
    } finally {
      unlisten();
    }
  }

  async #answer(call: WireCall): Promise<unknown> {
    const fate = this.#options.faults.fateOf(call.to, call.parts);
    if (!fate) return this.#fake(call);
    await this.#sleep(fate.delayMs);
    if (fate.kind === 'timeout') return this.#never(call);
    if (fate.kind === 'lost answer') await this.#fake(call);
    const error = errorOf(fate.kind, call);
    if (error) throw error;
    return this.#drifted(await this.#fake(call), fate);
  }

  #drifted(answer: unknown, { kind }: Fate): unknown {
    if (!(answer instanceof PartialAnswer)) return drifted(answer, kind);
    return new PartialAnswer(drifted(answer.data, kind), answer.message);
  }

  async #fake({ to, input, document, keys }: WireCall): Promise<unknown> {
    const { fakes, clock } = this.#options;
    const ask = async (asked: unknown): Promise<unknown> => {
      const answer = fakes.answer(to, asked, document);
      if (!(answer instanceof Promise)) return answer;
      return clock ? clock.busy(answer) : answer;
    };
    try {
      if (!keys) return await ask(input);
      return await Promise.all(keys.map((key) => ask(withKey(input, to, key))));
    } catch (error) {
      if (error instanceof MissingFakeError) this.missing.push(error);
      throw error;
    }
  }

  async #never({ limitMs = UPSTREAM_TIMEOUT_MS, to }: WireCall): Promise<never> {
    await this.#sleep(limitMs);
    throw new FrontdeskError('upstream_timeout', { detail: `${to}: a fault of the test` });
  }

  async #sleep(ms: number): Promise<void> {
    const { clock } = this.#options;
    if (ms > 0 && clock) await clock.sleep(ms);
  }
}

const PARAMETER = /\{([^}]+)\}/;

/** What a single read of a key would have been told. */
function withKey(input: unknown, to: string, key: string): unknown {
  const name = PARAMETER.exec(to)?.[1] ?? 'id';
  return { ...(typeof input === 'object' ? input : {}), path: { [name]: key }, query: {} };
}
