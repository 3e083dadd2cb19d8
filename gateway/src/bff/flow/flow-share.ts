/**
 * How much of a journal one caller may fill: each key leaves a run that is kept, so whoever draws new ones without end would
 * fill the store, or push out the answers of others. Whom nobody knows is told apart by address, an IPv6 one by its /64.
 */

import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { parseAddress } from '../../core/ip-address.ts';
import type { FlowsConfig } from './flow-config.ts';
import type { CallerShare } from './flow-journal.ts';
import { callerIdOf } from './flow-record.ts';

/** Keys become free one by one, over hours: whoever asks sooner is refused again. */
const RETRY_S = 60;

export function shareOf(
  { identity, client }: Pick<CallContext, 'identity' | 'client'>,
  { keptPerCaller, keep, lease }: Pick<FlowsConfig, 'keptPerCaller' | 'keep' | 'lease'>,
): CallerShare {
  const caller = callerIdOf(identity, networkOf(client?.address ?? ''));
  // The keep begins when the run has ended.
  return { caller, max: keptPerCaller, keepMs: keep + lease };
}

/** A caller's keys are used up until its oldest runs are kept no more. */
export function tooManyKept(max: number): FrontdeskError {
  return new FrontdeskError('rate_limited', {
    detail: `${max} runs of this caller are kept (flows.keptPerCaller)`,
    retryAfterS: RETRY_S,
    members: { reason: 'Too many Idempotency-Keys of this caller are kept' },
  });
}

function networkOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed?.version === 6 ? parsed.words.slice(0, 2).join(':') : address;
}
