/** Least requests: of two drawn by weight, the one with fewer calls in flight for its weight takes the call. */
import type { Random } from '../../core/clock.ts';
import type { Balancer, Candidate } from './balancer.ts';
import { twoChoices } from './two-choices.ts';

/** Where both are idle the draw decides, so a slow trickle of calls follows the weights too. */
export function leastRequests(random: Random): Balancer<Candidate> {
  return twoChoices<Candidate>(random, ({ inFlight, weight }) => inFlight / weight);
}
