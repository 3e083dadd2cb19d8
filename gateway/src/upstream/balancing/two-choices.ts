/**
 * The power of two choices: two candidates are drawn by weight, and the one with the lower cost takes the call.
 * Nearly as even as asking all, without the herd that runs to the one that looks best.
 */
import type { Random } from '../../core/clock.ts';
import type { Balancer, Candidate } from './balancer.ts';

/** The balancer that compares by `cost`; of two alike the first drawn is taken, so that shares follow the weights. */
export function twoChoices<Needs extends Candidate>(
  random: Random,
  cost: (candidate: Needs) => number,
): Balancer<Needs> {
  return (candidates, avoid) => {
    let total = 0;
    let eligible = 0;
    for (const candidate of candidates) {
      if (candidate === avoid || !candidate.available) continue;
      total += candidate.weight;
      eligible += 1;
    }
    if (eligible === 0) return undefined;
    const first = draw(candidates, avoid, undefined, random() * total);
    if (eligible === 1 || !first) return first;
    const second = draw(candidates, avoid, first, random() * (total - first.weight));
    if (!second) return first;
    return cost(second) < cost(first) ? second : first;
  };
}

/** The eligible candidate on whose stretch `point` falls, when each is as long as its weight. */
function draw<C extends Candidate>(
  candidates: readonly C[],
  avoid: Candidate | undefined,
  without: Candidate | undefined,
  point: number,
): C | undefined {
  let left = point;
  let last: C | undefined;
  for (const candidate of candidates) {
    if (candidate === avoid || candidate === without || !candidate.available) continue;
    last = candidate;
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return last;
}
