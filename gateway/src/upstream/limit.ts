/**
 * A bucket per consumer around every attempt at one upstream, whoever asked for it: route, graph or BFF. Work of
 * the gateway itself, which has neither identity nor client, is not limited. Under a leaky bucket a call waits for its
 * turn, unless that would come past its deadline.
 */
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { isInTime, turn } from '../limits/algorithms/turn.ts';
import type { Limiter } from '../limits/limiter.ts';
import { type LimitConfig, limitConfig, limitSpec } from '../limits/plans/limit-config.ts';
import type { Policy } from './call.ts';

export const upstreamLimitConfig = limitConfig;

export type UpstreamLimitConfig = LimitConfig;

/** Draws one call from the bucket of whoever caused it; rejects with `upstream_limited`. */
export type Draw = (context: CallContext) => Promise<void>;

export function drawFrom(
  upstream: string,
  config: UpstreamLimitConfig,
  limiter: Limiter,
  clock: Clock,
): Draw {
  const spec = limitSpec(upstream, config);
  return async (context) => {
    const payer = payerOf(context);
    if (!payer) return;
    const [decision] = await limiter.take([{ spec, key: ['upstream', upstream, ...payer] }], 1);
    if (!decision) return;
    if (!decision.allowed) {
      const { retryAfterMs, resetMs } = decision;
      throw refused(
        `the limit of upstream ${upstream} is reached`,
        Number.isFinite(retryAfterMs) ? retryAfterMs : resetMs,
      );
    }
    const { waitMs } = decision;
    if (waitMs === 0) return;
    if (!isInTime(context, waitMs)) throw refused(`the queue of upstream ${upstream} is too long`, waitMs);
    await turn(context, clock, waitMs);
  };
}

function refused(detail: string, retryAfterMs: number): FrontdeskError {
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new FrontdeskError('upstream_limited', { detail, retryAfterS });
}

export function limit(draw: Draw): Policy {
  return async (call, next) => {
    await draw(call.context);
    return next(call);
  };
}

/** In whose bucket a call goes: the kind of payer and its name, so that an address is never taken for a consumer. */
function payerOf({ identity, client }: CallContext): [kind: string, name: string] | undefined {
  if (identity?.consumer !== undefined) return ['consumer', identity.consumer];
  if (identity) return ['subject', identity.subject];
  return client ? ['address', client.address] : undefined;
}
