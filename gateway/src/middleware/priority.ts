/**
 * Says how much a request's calls matter where a backend has not room for all: as its route says, or else as the
 * caller's plan does. After authentication, which knows the plan.
 */
import type { Middleware } from '../core/exchange.ts';
import { PRIORITIES, type PriorityName } from '../core/priority.ts';
import type { Plans } from '../limits/plans/plans.ts';

/** `undefined` where neither the route nor any plan says anything: then it has no place in the chain. */
export function priority(own: PriorityName | undefined, plans: Plans): Middleware | undefined {
  if (own !== undefined) {
    return (exchange, next) => {
      exchange.priority = PRIORITIES[own];
      return next(exchange);
    };
  }
  const { byName, anonymousPlan } = plans;
  if ([...byName.values()].every((plan) => plan.priority === undefined)) return undefined;
  return (exchange, next) => {
    const { identity } = exchange;
    const plan = identity ? byName.get(identity.plan ?? '') : anonymousPlan;
    if (plan?.priority !== undefined) exchange.priority = plan.priority;
    return next(exchange);
  };
}
