/** Two attempts of one call, of which the second begins when the first is late. See `hedge.ts` for who wins. */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Instrument } from '../../core/meter.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { endAttempt, outcomeOfError } from '../breaker/observation.ts';
import type { UpstreamCall } from '../call.ts';
import type { EndpointSet } from '../endpoints/endpoint-set.ts';
import type { HedgeConfig } from './hedge-config.ts';
import type { Hedging } from './hedging.ts';

export interface HedgeOptions {
  readonly config: HedgeConfig;
  readonly hedging: Hedging;
  readonly set: Pick<EndpointSet, 'targets'>;
  readonly clock: Clock;
  /** (1, upstream, `won`, `lost`, `failed` or `over_budget`). */
  readonly hedged: Instrument;
  /** Counts attempts: (1, upstream, outcome). */
  readonly requests: Instrument;
}

interface Runner {
  readonly call: UpstreamCall;
  readonly cancellation: Cancellation;
  readonly startedAt: number;
  /** The exchange's cancellation is not this attempt's any more. */
  readonly detach: () => void;
  /** By the clock; `undefined` while there is neither head nor error. */
  endedAt: number | undefined;
}

/** A head of an error, kept until it is known whether the other attempt is any better. */
interface Kept {
  readonly runner: Runner;
  readonly reply: UpstreamReply;
}

export class HedgeRace {
  readonly #options: HedgeOptions;
  readonly #call: UpstreamCall;
  readonly #next: Next<UpstreamCall, UpstreamReply>;
  readonly #first: Runner;
  #second: Runner | undefined;
  #kept: Kept | undefined;
  #error: unknown;
  #decided = false;
  #disarm: (() => void) | undefined;
  readonly #promise: Promise<UpstreamReply>;
  readonly #resolve: (reply: UpstreamReply) => void;
  readonly #reject: (error: unknown) => void;

  constructor(options: HedgeOptions, call: UpstreamCall, next: Next<UpstreamCall, UpstreamReply>) {
    this.#options = options;
    this.#call = call;
    this.#next = next;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    this.#promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#first = this.#runner(call.attempt);
    this.#first.call.endpoint = call.endpoint;
    this.#first.call.span = call.span;
  }

  run(delayMs: number): Promise<UpstreamReply> {
    this.#disarm = this.#options.clock.after(delayMs, () => this.#hedge());
    this.#start(this.#first);
    return this.#promise;
  }

  #runner(attempt: number): Runner {
    const { context } = this.#call;
    const cancellation = new Cancellation();
    const detach = context.cancellation.onCancel((reason) => cancellation.cancel(reason));
    const call = this.#call.copy(attempt, contextWith(context, cancellation));
    return { call, cancellation, startedAt: this.#options.clock.now(), detach, endedAt: undefined };
  }

  #start(runner: Runner): void {
    this.#next(runner.call).then(
      (reply) => this.#onReply(runner, reply),
      (error: unknown) => this.#onError(runner, error),
    );
  }

  /** The first attempt is late. One that still waits for a place is no slow backend's fault, and a second would not help. */
  #hedge(): void {
    const { config, hedging, hedged } = this.#options;
    const { upstream, label, attempt, context } = this.#call;
    if (this.#decided || this.#first.call.running === undefined || context.cancellation.cancelled) return;
    if (context.deadline.remainingMs() <= hedging.latencies.quantile(0.5)) return;
    if (!hedging.budget.withdraw()) {
      hedged(1, upstream, 'over_budget');
      return;
    }
    const second = this.#runner(attempt + 1);
    this.#second = second;
    second.call.endpoint = this.#first.call.endpoint;
    second.call.hedge = config.to;
    second.call.span = context.timeline.begin(upstream, label, attempt + 1, true);
    this.#start(second);
  }

  #onReply(runner: Runner, reply: UpstreamReply): void {
    runner.endedAt = this.#options.clock.now();
    const { call } = runner;
    if (call.span) {
      call.span.headMs = call.context.timeline.elapsedMs();
      call.span.status = reply.status;
    }
    if (this.#decided) {
      reply.body.discard(lost());
      return;
    }
    if (reply.status >= 500) {
      if (this.#otherRuns(runner)) {
        this.#kept = { runner, reply };
        return;
      }
      if (this.#kept) {
        const { runner: first, reply: earlier } = this.#kept;
        reply.body.discard(lost());
        this.#win(first, earlier);
        return;
      }
    }
    this.#win(runner, reply);
  }

  #onError(runner: Runner, error: unknown): void {
    runner.endedAt = this.#options.clock.now();
    runner.detach();
    if (this.#decided) return;
    if (runner === this.#second) this.#endSpan(runner, outcomeOfError(error));
    if (runner === this.#first) this.#error = error;
    if (this.#otherRuns(runner)) return;
    if (this.#kept) {
      this.#win(this.#kept.runner, this.#kept.reply);
      return;
    }
    // Both failed, or there was but one: what is told is what became of the first.
    this.#decide(undefined);
    this.#takeOver(this.#first);
    this.#reject(this.#error ?? error);
  }

  #otherRuns(runner: Runner): boolean {
    const other = runner === this.#first ? this.#second : this.#first;
    return other !== undefined && other.endedAt === undefined;
  }

  #win(winner: Runner, reply: UpstreamReply): void {
    const loser = winner === this.#first ? this.#second : this.#first;
    this.#decide(winner);
    if (loser) this.#giveUp(loser);
    this.#takeOver(winner);
    // Its body is still to come: until then whoever leaves ends it.
    reply.settled.then(winner.detach);
    this.#resolve(reply);
  }

  #decide(winner: Runner | undefined): void {
    this.#decided = true;
    this.#disarm?.();
    const { hedging, hedged, clock } = this.#options;
    const { endedAt, startedAt } = this.#first;
    // One that was given up took at least so long: left out, calls would look faster than they are.
    if (winner === this.#first || endedAt === undefined)
      hedging.latencies.observe((endedAt ?? clock.now()) - startedAt);
    if (!this.#second) return;
    const failed = this.#second.endedAt !== undefined && winner !== this.#second;
    hedged(1, this.#call.upstream, winner === this.#second ? 'won' : failed ? 'failed' : 'lost');
  }

  #giveUp(loser: Runner): void {
    const { span } = loser.call;
    const status = span?.status;
    if (loser.endedAt !== undefined) {
      if (this.#kept?.runner === loser) this.#kept.reply.body.discard(lost());
    } else loser.cancellation.cancel(lost());
    loser.detach();
    this.#endSpan(loser, status !== undefined && status >= 500 ? 'status' : 'hedged');
  }

  /** Each attempt is counted once: that of the call's own span by `observation`, the other one here. */
  #endSpan({ call }: Runner, outcome: string): void {
    if (call.span && call.span.endMs === undefined)
      endAttempt(this.#options.requests, call.context.timeline, call.span, outcome);
  }

  /** From here on the call is the one that counts: for what is written of it, and for another attempt. */
  #takeOver({ call }: Runner): void {
    const own = this.#call;
    own.span = call.span;
    own.endpoint = call.endpoint;
    own.running = call.running;
    own.sent = this.#first.call.sent || this.#second?.call.sent === true;
    // Where two attempts failed, it was no idle close that crossed one of them.
    own.connectionReused = call.connectionReused && this.#second === undefined;
  }
}

function contextWith(context: CallContext, cancellation: Cancellation): CallContext {
  const { id, client, host, identity, deadline, timeline, trace, priority } = context;
  return { id, client, host, identity, deadline, timeline, trace, priority, cancellation };
}

/** Not the backend's fault: no breaker and no ejector counts it. */
function lost(): FrontdeskError {
  return new FrontdeskError('client_closed', { detail: 'the other attempt was faster' });
}
