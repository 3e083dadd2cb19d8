/** The limits of a configuration: what the door draws, and what each mount's callers are held to. */
import type { Config } from '../config/schema.ts';
import type { Middleware } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import type { Plans } from '../limits/plans/plans.ts';
import { compilePolicies, routePolicies } from '../limits/plans/policies.ts';
import { type ConsumerLimitOptions, doorLimit } from '../middleware/consumer-limit.ts';
import { DoorDraws } from '../middleware/limited-request.ts';
import { HEALTH_PATHS, type PlannedMount, templateOf, upstreamOf } from '../mounts/mount-plan.ts';
import type { Residents } from '../residents/residents.ts';

export interface RouteLimits {
  /** `undefined` where the door draws nothing. */
  readonly door: Middleware | undefined;
  /** `undefined` for what is built in: nobody is limited there but by the door. */
  of(mount: PlannedMount): ConsumerLimitOptions | undefined;
}

type LimitResidents = Pick<Residents, 'limits' | 'inFlight' | 'clock'> & { readonly metrics: Meter };

export function openRouteLimits(
  { limits: { policies: written, everywhere } }: Pick<Config, 'limits'>,
  plans: Plans,
  { limits: { limiter }, inFlight, clock, metrics: meter }: LimitResidents,
): RouteLimits {
  const policies = compilePolicies(written);
  const door = everywhere.length > 0 ? new DoorDraws() : undefined;
  const common = { limiter, inFlight, door, clock, meter };
  return {
    door: doorLimit({ ...common, own: routePolicies(everywhere, policies, '*') }, ({ path }) =>
      HEALTH_PATHS.includes(path),
    ),
    of({ match, limit, guards, answer }) {
      if (!guards) return undefined;
      const template = templateOf(match);
      const own = routePolicies(guards.limitedBy, policies, template);
      return { ...common, plans, policies, own, template, upstream: upstreamOf(answer), routeLimit: limit };
    },
  };
}
