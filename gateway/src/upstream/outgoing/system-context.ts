/**
 * The context of a call that no client caused: fetching keys, probing health. It has a deadline and a trace of its
 * own, and nobody's identity.
 */
import { randomBytes } from 'node:crypto';
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Timeline } from '../../core/timeline.ts';

export interface SystemContextOptions {
  readonly clock: Clock;
  /** Milliseconds that the whole call may take, retries included. */
  readonly deadlineMs: number;
  /** The request id that backends see; by default `system-` and random hex. */
  readonly id?: string;
  /** Cancelled when whoever wants the answer goes away. */
  readonly cancellation?: Cancellation;
}

/** The caller ends `context.deadline` when it has its answer, or the timer lives until the deadline. */
export function systemContext(options: SystemContextOptions): CallContext {
  const { clock } = options;
  const cancellation = options.cancellation ?? new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(options.deadlineMs);
  const random = randomBytes(24).toString('hex');
  return {
    id: options.id ?? `system-${random.slice(0, 16)}`,
    client: undefined,
    host: undefined,
    identity: undefined,
    deadline,
    cancellation,
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: random.slice(16), spanId: random.slice(0, 16), sampled: false, state: undefined },
  };
}
