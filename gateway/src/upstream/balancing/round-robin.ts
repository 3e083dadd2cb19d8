/**
 * Smooth weighted round robin: over any run of picks as long as the sum of the weights, each candidate that stays
 * available gets exactly its weight, spread out rather than in bursts.
 */
import type { Balancer, Candidate } from './balancer.ts';

export function roundRobin(): Balancer<Candidate> {
  const credit = new WeakMap<Candidate, number>();
  return <C extends Candidate>(candidates: readonly C[], avoid: C | undefined): C | undefined => {
    let best: C | undefined;
    let bestCredit = 0;
    let total = 0;
    for (const candidate of candidates) {
      if (candidate === avoid || !candidate.available) continue;
      const earned = (credit.get(candidate) ?? 0) + candidate.weight;
      credit.set(candidate, earned);
      total += candidate.weight;
      if (!best || earned > bestCredit) {
        best = candidate;
        bestCredit = earned;
      }
    }
    if (best) credit.set(best, bestCredit - total);
    return best;
  };
}
