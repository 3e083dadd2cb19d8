/**
 * Lets pass who has the scopes and roles that the route asks for; 403 otherwise, with the scopes that would do
 * (RFC 6750 §3.1), and 401 for who is nobody. No challenge asks for a role: no client can get one by asking.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { hasRole, hasScope, lacking, type RequiredGrants, sufficientScopes } from '../auth/grants.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';

/** Only worth a place in a chain where something is asked for. */
export function authorize(authenticator: RouteAuthenticator, { scopes, roles }: RequiredGrants): Middleware {
  const sufficient = sufficientScopes(scopes);
  const refusal = ({ identity, client }: Exchange): FrontdeskError | undefined => {
    if (!identity) {
      const headers = authenticator.challenges(undefined, undefined, client);
      return new FrontdeskError('unauthenticated', { headers });
    }
    const scope = scopes.length === 0 ? undefined : lacking(scopes, hasScope(identity));
    if (scope !== undefined) {
      const headers = authenticator.challenges('insufficient_scope', sufficient, client);
      return new FrontdeskError('insufficient_scope', { detail: `lacks ${scope}`, headers });
    }
    const role = roles.length === 0 ? undefined : lacking(roles, hasRole(identity));
    return role === undefined
      ? undefined
      : new FrontdeskError('forbidden', { detail: `lacks as role: ${role}` });
  };
  return (exchange, next) => {
    const error = refusal(exchange);
    return error ? Promise.reject(error) : next(exchange);
  };
}
