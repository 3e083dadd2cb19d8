/** Counts decisions of the limits, by the store that took them. */
import type { Meter } from '../core/meter.ts';

export type CountDecision = (allowed: boolean) => void;

/** `lease`: out of tokens that were drawn before; `local`: where the fallback decided. */
export type StoreLabel = 'memory' | 'primary' | 'redis' | 'lease' | 'local';

export function decisionCounter(meter: Meter, store: StoreLabel): CountDecision {
  const count = meter.counter({
    name: 'frontdesk_limit_decisions_total',
    help: 'Decisions of limits, by the store that took them',
    labels: ['store', 'decision'],
  });
  return (allowed) => count(1, store, allowed ? 'allowed' : 'refused');
}
