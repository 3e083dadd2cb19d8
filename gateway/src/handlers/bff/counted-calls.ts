/** The door to the backends as one BFF has it: each call is counted for the BFF, so that its team sees what it causes. */
import type { Clock } from '../../core/clock.ts';
import { toFrontdeskError } from '../../core/errors.ts';
import type { Meter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface CountedCallsOptions {
  readonly bff: string;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** Outcomes: `ok`, `error` (5xx, or no answer), `refused` (4xx), `abandoned` (nobody waits for it any more). */
export function countedCalls(
  callUpstream: CallUpstream,
  { bff, meter, clock }: CountedCallsOptions,
): CallUpstream {
  const seconds = meter.histogram({
    name: 'frontdesk_bff_call_seconds',
    help: 'Time to the head of the answers of backends, by the BFF that asked; the graph is not among them',
    labels: ['bff', 'upstream', 'outcome'],
    buckets: SECONDS,
  });
  return (request) => {
    const { upstream, context } = request;
    const startedAt = clock.now();
    return callUpstream(request).then(
      (reply) => {
        seconds((clock.now() - startedAt) / 1000, bff, upstream, outcomeOf(reply.status));
        return reply;
      },
      (error: unknown) => {
        const outcome = context.cancellation.cancelled
          ? 'abandoned'
          : outcomeOf(toFrontdeskError(error).status);
        seconds((clock.now() - startedAt) / 1000, bff, upstream, outcome);
        throw error;
      },
    );
  };
}

function outcomeOf(status: number): 'ok' | 'error' | 'refused' {
  return status >= 500 ? 'error' : status >= 400 ? 'refused' : 'ok';
}
