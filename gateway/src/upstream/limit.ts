/**
 * A bucket per consumer around every attempt at one upstream, whoever asked for it: route, graph or BFF. Work of
 * the gateway itself, which has neither identity nor client, is not limited.
 */
import { z } from 'zod';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { LimitSpec, Limiter } from '../limits/limiter.ts';
import { ratePerMs } from '../settings/settings.ts';
import type { Policy } from './call.ts';

export const upstreamLimitConfig = z.strictObject({
  capacity: z.int().min(1).max(1_000_000_000).describe('Calls that a consumer may make at once'),
  refill: ratePerMs.describe('Calls that come back, such as 100/min'),
});

export type UpstreamLimitConfig = z.output<typeof upstreamLimitConfig>;

/** Draws one call from the bucket of whoever caused it; rejects with `upstream_limited`. */
export type Draw = (context: CallContext) => Promise<void>;

export function drawFrom(upstream: string, config: UpstreamLimitConfig, limiter: Limiter): Draw {
  const spec: LimitSpec = { name: upstream, capacity: config.capacity, refillPerMs: config.refill };
  return async (context) => {
    const payer = payerOf(context);
    if (!payer) return;
    const [decision] = await limiter.take([{ spec, key: ['upstream', upstream, ...payer] }], 1);
    if (!decision || decision.allowed) return;
    throw new FrontdeskError('upstream_limited', {
      detail: `the bucket of upstream ${upstream} is empty`,
      retryAfterS: Math.max(1, Math.ceil(decision.retryAfterMs / 1000)),
    });
  };
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
