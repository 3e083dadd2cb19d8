/**
 * Asks a second time, elsewhere, when the first attempt takes longer than most do ("The Tail at Scale", Dean and
 * Barroso 2013): only what is idempotent and can be sent again, never a stream, within a budget of its own.
 *
 * The first good head wins, and the other attempt is given up: cancelled, its reply dropped, and not held against its
 * endpoint. A head of 500 or above, or an error, waits for the other attempt and counts only where that is no better.
 */
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { Policy, UpstreamCall } from '../call.ts';
import { type HedgeOptions, HedgeRace } from './hedge-race.ts';

export function hedge(options: HedgeOptions): Policy {
  const { config, hedging, set, clock } = options;
  const methods = new Set(config.methods);
  const { budget, latencies } = hedging;

  /** Without a second attempt, for what it tells of how long calls take. */
  const watch = (call: UpstreamCall, next: Next<UpstreamCall, UpstreamReply>): Promise<UpstreamReply> => {
    const startedAt = clock.now();
    return next(call).then((reply) => {
      if (reply.status < 500) latencies.observe(clock.now() - startedAt);
      return reply;
    });
  };

  return (call, next) => {
    if (call.stream || !call.idempotent || !call.body.replayable) return next(call);
    // A POST that is idempotent says so itself: a query.
    if (!methods.has(call.method) && call.method !== 'POST') return next(call);
    budget.deposit();
    const { delayMs } = hedging;
    const hasNowhereToGo = config.to === 'another' && set.targets.length < 2;
    if (hasNowhereToGo || delayMs === undefined) return watch(call, next);
    if (delayMs >= call.context.deadline.remainingMs()) return watch(call, next);
    return new HedgeRace(options, call, next).run(delayMs);
  };
}
