/**
 * Waiting for one's turn in a leaky bucket. The wait is a timer and nothing else: whoever leaves the queue early, because
 * the client left or the time was up, leaves its turn unused, and nobody goes sooner.
 */
import type { Clock } from '../../core/clock.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Decisions } from '../limiter.ts';

/** The longest of the waits that these limits ask for; 0 where none does. */
export function longestWaitMs(decisions: Decisions): number {
  let longest = 0;
  for (let i = 0; i < decisions.length; i += 1) longest = Math.max(longest, decisions[i]?.waitMs ?? 0);
  return longest;
}

export type Waiting = Pick<CallContext, 'cancellation' | 'deadline'>;

/** Whether its turn would come before its deadline. */
export function isInTime({ deadline }: Waiting, waitMs: number): boolean {
  return waitMs < deadline.remainingMs();
}

/** Resolves when the turn has come; rejects with the reason when the exchange is cancelled meanwhile. */
export function turn({ cancellation }: Waiting, clock: Clock, waitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let ignore = (): void => {};
    const disarm = clock.after(waitMs, () => {
      ignore();
      resolve();
    });
    ignore = cancellation.onCancel((reason) => {
      disarm();
      reject(reason);
    });
  });
}
