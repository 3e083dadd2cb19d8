/**
 * Tries again, where that can do no harm: the call is idempotent (RFC 9110 §9.2.2, or it carries an
 * `Idempotency-Key`) and its body can be sent again; or no connection came about, so nothing was sent at all.
 * Never after the head was handed on, never past the deadline, never beyond the budget. A reset on a connection
 * that had served before is most likely its idle close crossing our request: tried again once at once, for free.
 */
import { collect, WholeBody } from '../../core/body.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Instrument } from '../../core/meter.ts';
import type { Next } from '../../core/step.ts';
import type { RetryError, RetryRules, UpstreamReply } from '../../core/upstream-call.ts';
import type { Policy, UpstreamCall } from '../call.ts';
import type { RetryBudget } from './retry-budget.ts';
import { mergeRetry, type RetryConfig } from './retry-config.ts';

/** A body of known length up to this is kept in memory for another attempt, where the call may have one. */
const REPLAY_BYTES = 64 * 1024;

export interface RetryOptions {
  readonly config: RetryConfig;
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
  /** Counts retries: (1, upstream, reason). */
  readonly retried: Instrument;
}

export function retry(options: RetryOptions): Policy {
  const { budget } = options;
  /** A route's rules are one object for all its calls. */
  const merged = new WeakMap<RetryRules, RetryConfig>();
  const configOf = (rules: RetryRules): RetryConfig => {
    let config = merged.get(rules);
    if (!config) {
      config = mergeRetry(options.config, rules);
      merged.set(rules, config);
    }
    return config;
  };
  const firstTry = (
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
    config: RetryConfig,
  ): Promise<UpstreamReply> => {
    budget.deposit();
    // Most calls need no second attempt, and nothing is made for one before it is known.
    return next(call).then(
      (reply) =>
        config.status.includes(reply.status) ? new Tries(options, config, next).onReply(call, reply) : reply,
      (error: unknown) => new Tries(options, config, next).onError(call, error),
    );
  };
  return (call, next) => {
    const { body } = call;
    const config = call.retry === undefined ? options.config : configOf(call.retry);
    if (config.max === 0 || body.replayable || !maySendTwice(call, config))
      return firstTry(call, next, config);
    if (body.length === undefined || body.length > REPLAY_BYTES) return firstTry(call, next, config);
    return keep(call).then(() => firstTry(call, next, config));
  };
}

/** The attempts of one call. */
class Tries {
  readonly #options: RetryOptions;
  readonly #config: RetryConfig;
  readonly #next: Next<UpstreamCall, UpstreamReply>;
  #left: number;
  #freeRetry = true;

  constructor(options: RetryOptions, config: RetryConfig, next: Next<UpstreamCall, UpstreamReply>) {
    this.#options = options;
    this.#config = config;
    this.#next = next;
    this.#left = config.max;
  }

  #attempt(call: UpstreamCall): Promise<UpstreamReply> {
    return this.#next(call).then(
      (reply) => (this.#config.status.includes(reply.status) ? this.onReply(call, reply) : reply),
      (error: unknown) => this.onError(call, error),
    );
  }

  onReply(call: UpstreamCall, reply: UpstreamReply): UpstreamReply | Promise<UpstreamReply> {
    if (this.#left === 0 || !maySendAgain(call, this.#config)) return reply;
    const askedMs = retryAfterMs(reply, this.#options.clock);
    if (askedMs > this.#config.maxRetryAfter) return reply;
    const delayMs = this.#delayMs(call, askedMs);
    if (delayMs === undefined || !this.#options.budget.withdraw()) return reply;
    reply.body.discard(
      new FrontdeskError('upstream_error', { detail: `status ${reply.status}, tried again` }),
    );
    return this.#again(call, delayMs, 'status');
  }

  onError(call: UpstreamCall, error: unknown): Promise<UpstreamReply> {
    if (!(error instanceof FrontdeskError) || call.context.cancellation.cancelled) throw error;
    if (this.#freeRetry && isIdleClose(call, error)) {
      this.#freeRetry = false;
      return this.#again(call, 0, 'idle_close');
    }
    const reason = this.#left > 0 ? retryReason(call, error) : undefined;
    if (reason === undefined || !this.#config.errors.includes(reason)) throw error;
    // What was never sent is safe to send, whatever it is.
    if (call.sent && !maySendAgain(call, this.#config)) throw error;
    const delayMs = this.#delayMs(call, 0);
    if (delayMs === undefined || !this.#options.budget.withdraw()) throw error;
    return this.#again(call, delayMs, reason);
  }

  /** Full jitter: evenly between nothing and a bound that doubles. `undefined` where the attempt could not end in time. */
  #delayMs(call: UpstreamCall, atLeastMs: number): number | undefined {
    const { backoff, maxBackoff, minRemaining } = this.#config;
    const bound = Math.min(maxBackoff, backoff * 2 ** (call.attempt - 1));
    const delayMs = Math.max(atLeastMs, this.#options.random() * bound);
    return delayMs + minRemaining < call.context.deadline.remainingMs() ? delayMs : undefined;
  }

  #again(call: UpstreamCall, delayMs: number, reason: string): Promise<UpstreamReply> {
    if (reason !== 'idle_close') this.#left -= 1;
    this.#options.retried(1, call.upstream, reason);
    const following = call.again();
    if (delayMs === 0) return this.#attempt(following);
    return pause(call, delayMs, this.#options.clock).then(() => this.#attempt(following));
  }
}

function isRepeatable(call: UpstreamCall): boolean {
  return call.idempotent || call.headers.has('idempotency-key');
}

function maySendTwice(call: UpstreamCall, { methods }: RetryConfig): boolean {
  return isRepeatable(call) && (methods === 'any' || methods.includes(call.method));
}

function maySendAgain(call: UpstreamCall, config: RetryConfig): boolean {
  return call.body.replayable && maySendTwice(call, config);
}

/** Most likely the connection's idle close, which crossed our request (RFC 9112 §9.3.1, §9.5). */
function isIdleClose(call: UpstreamCall, { code }: FrontdeskError): boolean {
  return code === 'upstream_reset' && call.connectionReused && call.body.replayable && isRepeatable(call);
}

/** What ended the attempt; `undefined` for what no further attempt could mend. */
function retryReason(call: UpstreamCall, { code }: FrontdeskError): RetryError | undefined {
  switch (code) {
    case 'upstream_connect':
      return 'connect';
    case 'upstream_reset':
      // Over HTTP/2 a backend can say that it did nothing with the request: that is as good as not sent.
      return call.sent ? 'reset' : 'refused';
    case 'upstream_invalid':
      return 'invalid';
    case 'upstream_timeout':
      return 'timeout';
    default:
      // Our own refusals gain nothing by being asked again: the balancer has looked at every endpoint.
      return undefined;
  }
}

/** `Retry-After` (RFC 9110 §10.2.3) in milliseconds, 0 where there is none or it makes no sense. */
export function retryAfterMs(reply: UpstreamReply, clock: Clock): number {
  const value = reply.headers.get('retry-after');
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - clock.wall());
}

function pause(call: UpstreamCall, delayMs: number, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const disarm = clock.after(delayMs, () => {
    stopListening();
    resolve();
  });
  const stopListening = call.context.cancellation.onCancel((reason) => {
    disarm();
    reject(reason);
  });
  return promise;
}

/** Replaces the call's body by one that can be sent again. */
function keep(call: UpstreamCall): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tooLarge = (maxBytes: number): FrontdeskError =>
    new FrontdeskError('payload_too_large', {
      detail: `the body is longer than declared, past ${maxBytes} bytes`,
    });
  let stopListening = (): void => {};
  collect(call.body, REPLAY_BYTES, tooLarge, (flow) => {
    stopListening = call.context.cancellation.onCancel((reason) => {
      flow.cancel(reason);
      reject(reason);
    });
  }).then(
    (bytes) => {
      stopListening();
      call.body = new WholeBody(bytes);
      resolve();
    },
    (error: unknown) => {
      stopListening();
      reject(error);
    },
  );
  return promise;
}
