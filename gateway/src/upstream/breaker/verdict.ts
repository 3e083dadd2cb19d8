/** What became of a call, as its endpoint is judged by: a client that left and our own refusals never count. */
import { FrontdeskError } from '../../core/errors.ts';
import type { Outcome } from '../../core/settlement.ts';

export type Verdict = 'success' | 'failure' | 'none';

export interface VerdictRules {
  /** Replies with this status or above are failures. */
  readonly failureStatus: number;
  /** A call that its deadline cut earlier than so many milliseconds says nothing. */
  readonly patience: number;
}

/** What a reply that has settled says of its endpoint. */
export function judgeReply(
  rules: VerdictRules,
  status: number,
  outcome: Outcome,
  elapsedMs: number,
): Verdict {
  if ((outcome.status ?? status) >= rules.failureStatus) return 'failure';
  if (outcome.kind === 'complete') return 'success';
  return outcome.kind === 'aborted' ? 'none' : judgeError(rules, outcome.error, elapsedMs);
}

/** What an attempt that brought no reply, or half of one, says of its endpoint. Our own refusals say nothing. */
export function judgeError(
  { patience }: Pick<VerdictRules, 'patience'>,
  error: unknown,
  elapsedMs: number,
): Verdict {
  if (!(error instanceof FrontdeskError)) return 'none';
  switch (error.code) {
    case 'upstream_connect':
    case 'upstream_reset':
    case 'upstream_timeout':
    case 'upstream_invalid':
      return 'failure';
    case 'deadline_exceeded':
      // An endpoint that hangs would never be found out if only its own timeout counted.
      return elapsedMs >= patience ? 'failure' : 'none';
    default:
      return 'none';
  }
}
