/**
 * What one request asks of the backends, each question once: reads by REST, operations of the graph, calls of gRPC that
 * may be made twice. A call belongs to nobody: it goes on while one part waits for it, and a part that gives up or times
 * out takes nothing from the others. Parts that know who asks and parts that do not share nothing.
 */
import { type PartScope, withCancellation } from '../../bff/screen/part-run.ts';
import { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';

/** An attempt ends this much before its part does, so that the endpoint's breaker hears of it first. */
const ATTEMPT_MARGIN_MS = 5;

/** A call under way or done, and how many wait for it. */
export class SharedCall {
  readonly context: CallContext;
  readonly label: string;
  readonly timeoutMs: number | undefined;
  readonly cancellation: Cancellation;
  answer: Promise<unknown> | undefined;
  /** Whether some of a graph's answer was missing. */
  partial = false;
  #waiting = 0;
  #done = false;

  constructor(opener: PartScope) {
    this.cancellation = new Cancellation();
    this.context = withCancellation(opener.context, this.cancellation);
    this.label = opener.name;
    this.timeoutMs = attemptMs(opener);
  }

  /** Waits along; when all who do are gone, the call is ended. */
  join(scope: PartScope): void {
    this.#waiting += 1;
    scope.context.cancellation.onCancel((reason) => {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#done) this.cancellation.cancel(reason);
    });
  }

  finish(): void {
    this.#done = true;
  }
}

/** How a question is asked where nobody has. */
export type Ask = (call: SharedCall) => Promise<unknown>;

export class RequestMemo {
  readonly #calls = new Map<string, SharedCall>();
  readonly #keeps: boolean;

  /** `keeps`: whether an answer that came holds for who asks later; calls under way are shared in any case. */
  constructor({ keeps = true }: { readonly keeps?: boolean } = {}) {
    this.#keeps = keeps;
  }

  /** The answer to a question, shared with whoever asked alike. `key` tells questions apart. */
  async share(key: string, scope: PartScope, ask: Ask): Promise<unknown> {
    const whole = askerOf(scope) + key;
    const known = this.#calls.get(whole);
    const call = known ?? this.#open(whole, scope, ask);
    call.join(scope);
    try {
      const answer = await call.answer;
      if (call.partial) scope.notePartial();
      return answer;
    } catch (error) {
      // Another part's shorter timeout ended it: with time of our own left, we ask ourselves.
      const oursEnded = scope.context.cancellation.cancelled;
      if (known && !oursEnded && error instanceof FrontdeskError && error.code === 'upstream_timeout') {
        return this.share(key, scope, ask);
      }
      throw error;
    }
  }

  #open(key: string, scope: PartScope, ask: Ask): SharedCall {
    const call = new SharedCall(scope);
    this.#calls.set(key, call);
    call.answer = ask(call);
    // Only answers are kept: who comes after a failure asks anew.
    const leave = (): void => {
      call.finish();
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    };
    call.answer.then(() => (this.#keeps ? call.finish() : leave()), leave);
    return call;
  }
}

/** Whether backends are told who asks, or at least whence. */
export function askerOf({ context: { identity, client } }: PartScope): string {
  if (identity) return '+ ';
  return client === undefined ? '- ' : '? ';
}

/** How long one attempt may take for a part; `undefined` where only the upstream's own limit holds. */
export function attemptMs(scope: PartScope): number | undefined {
  const leftMs = scope.remainingMs();
  return leftMs === undefined ? undefined : Math.max(1, leftMs - ATTEMPT_MARGIN_MS);
}
