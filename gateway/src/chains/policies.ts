/** Puts policies together for one configuration: expressions, and decision points over decisions that outlive it. */
import type { Authenticator } from '../auth/authenticator.ts';
import { credentialFields } from '../auth/credential-fields.ts';
import type { Config } from '../config/schema.ts';
import type { Middleware } from '../core/exchange.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { PlannedMount } from '../mounts/mount-plan.ts';
import { DecisionCache } from '../policy/decision-cache.ts';
import { enforce } from '../policy/enforce.ts';
import { Policies } from '../policy/policies.ts';
import type { Residents } from '../residents/residents.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';

export function openPolicies(
  { policies, auth }: Pick<Config, 'policies' | 'auth'>,
  { clock, metrics, decisions }: Pick<Residents, 'clock' | 'metrics' | 'decisions'>,
  callUpstream: CallUpstream,
): Policies {
  return new Policies({
    config: policies,
    credentialFields: credentialFields(auth),
    callUpstream,
    context: (deadlineMs) => systemContext({ clock, deadlineMs }),
    cacheFor: (key) => decisions.once(key, () => new DecisionCache()),
    clock,
    meter: metrics,
  });
}

/** `undefined` where a route asks for no policy. @throws RangeError for a name that no policy has. */
export function policyGuard(
  { policies: names, guards, auth }: Pick<PlannedMount, 'policies' | 'guards' | 'auth'>,
  policies: Policies,
  authenticator: Authenticator,
): Middleware | undefined {
  const asked = policies.of(names, guards?.allow);
  if (asked.length === 0) return undefined;
  const accepted = authenticator.forRoute(auth);
  return enforce({
    policies: asked,
    challenges: (client) => accepted.challenges(undefined, undefined, client),
    count: policies.count,
  });
}
