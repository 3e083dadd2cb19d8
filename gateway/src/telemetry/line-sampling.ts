/**
 * Which requests get a line. The share depends on how a request ended; whether a trace is within a share is decided by
 * its id, as it is for traces: a line that is there belongs to a trace that a share of the same size keeps, on every node.
 */
import type { Exchange } from '../core/exchange.ts';
import type { Outcome } from '../core/settlement.ts';
import type { AccessLogConfig, SampleConfig } from './access-log-config.ts';
import { isTaken } from './traces/sampling.ts';

/** The share that a request of this kind has, if it gets its line; 0 where it gets none. */
export type LineSampler = (
  exchange: Exchange,
  status: number,
  outcome: Outcome,
  durationMs: number,
) => number;

/** `undefined` where every request gets its line. */
export function lineSampler({
  sample,
  routes,
}: Pick<AccessLogConfig, 'sample' | 'routes'>): LineSampler | undefined {
  const byRoute = new Map(Object.entries(routes));
  if (!sample && byRoute.size === 0) return undefined;
  return (exchange, status, outcome, durationMs) => {
    const own = byRoute.size > 0 && exchange.route ? byRoute.get(exchange.route.template) : undefined;
    if (own === 'off') return 0;
    const rule = own ?? sample;
    if (!rule) return 1;
    const share = shareOf(rule, status, outcome, durationMs);
    return isTaken(exchange.trace.traceId, share) ? share : 0;
  };
}

function shareOf(rule: SampleConfig, status: number, { kind }: Outcome, durationMs: number): number {
  if (rule.slow !== undefined && durationMs > rule.slow) return 1;
  // A client that left says nothing of how we did.
  if (status >= 500 || kind === 'failed') return rule.errors;
  return status >= 400 ? rule.refused : rule.ok;
}
