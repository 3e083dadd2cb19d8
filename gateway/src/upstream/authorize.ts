/**
 * Who may cause a call to an upstream: whoever has all the scopes that `upstreams.X.scopes` names. It holds for
 * every door alike, so that a BFF or a query cannot reach what a route would refuse. Whoever is
 * not authenticated has none, and neither has the gateway itself: an upstream for keys must not ask for any.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { Policy } from './call.ts';

export function authorize(upstream: string, required: readonly string[]): Policy {
  return (call, next) => {
    const held = call.context.identity?.scopes;
    for (const scope of required) {
      if (held?.has(scope)) continue;
      const detail = `upstream ${upstream} asks for ${scope}`;
      return Promise.reject(new FrontdeskError('insufficient_scope', { detail }));
    }
    return next(call);
  };
}
