/** Counts decisions of the limits, by the store that took them. */
import type { Meter } from '../core/meter.ts';

export type CountDecision = (allowed: boolean) => void;

/** `store`: `memory`, `redis`, or `local` where the fallback decided. */
export function decisionCounter(meter: Meter, store: 'memory' | 'redis' | 'local'): CountDecision {
  const count = meter.counter({
    name: 'frontdesk_limit_decisions_total',
    help: 'Decisions of token buckets, by the store that took them',
    labels: ['store', 'decision'],
  });
  return (allowed) => count(1, store, allowed ? 'allowed' : 'refused');
}
