/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam: "Consistent Hashing with Bounded Loads",
 * 2016). Where a key goes is decided by weighted rendezvous rather than a ring: every candidate gets a number from the
 * key and its own place, and the best of those that have room takes the call. So a key's second choice is as evenly
 * spread as its first, an endpoint that goes takes along its own keys alone, and nothing is built in advance.
 *
 * Invariant: no candidate is picked that has `load` times its share of the calls in flight already, rounded up.
 */
import type { Random } from '../../core/clock.ts';
import type { Balancer, Pickable } from './balancer.ts';
import { leastRequests } from './least-requests.ts';
import { hashPair } from './stable-hash.ts';

/** `load` may be Infinity: then a key has one place, however busy. Calls without a key go to the least busy. */
export function consistentHash(load: number, random: Random): Balancer<Pickable> {
  const keyless = leastRequests(random);
  return (candidates, avoid, key) => {
    if (key === undefined) return keyless(candidates, avoid);
    let inFlight = 0;
    let weights = 0;
    let weight = 0;
    let alike = true;
    for (const candidate of candidates) {
      if (candidate === avoid || !candidate.available) continue;
      if (weight !== 0 && candidate.weight !== weight) alike = false;
      weight = candidate.weight;
      inFlight += candidate.inFlight;
      weights += weight;
    }
    const perWeight = (load * (inFlight + 1)) / weights;
    let best: (typeof candidates)[number] | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const candidate of candidates) {
      if (candidate === avoid || !candidate.available) continue;
      if (candidate.inFlight >= Math.ceil(perWeight * candidate.weight)) continue;
      const hash = hashPair(key, candidate.hash);
      // Where all weigh the same the greatest number wins; its logarithm would change nothing but the time it takes.
      const score = alike ? hash : Math.log((hash + 1) / 2 ** 32) / candidate.weight;
      if (score <= bestScore) continue;
      best = candidate;
      bestScore = score;
    }
    return best;
  };
}
