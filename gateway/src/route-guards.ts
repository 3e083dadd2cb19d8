/** Makes a route's own guards of what the configuration says; one that is not asked for is `undefined`. */
import type { Config } from './config/schema.ts';
import type { PlannedMount } from './mount-plan.ts';
import type { RouteGuards } from './pipeline.ts';
import type { Residents } from './residents.ts';

export interface RouteGuardsParts {
  readonly mount: PlannedMount;
  readonly config: Config;
  readonly residents: Residents;
}

/** One line for each guard, made by the file that it is named after. */
export function routeGuards(_parts: RouteGuardsParts): RouteGuards {
  return {};
}
