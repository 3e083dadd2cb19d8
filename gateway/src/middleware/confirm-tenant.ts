/**
 * A route that is matched on a tenant was found by the client's own word. Here it is held against who the client proved
 * to be: 403 for an identity of another tenant or of none, 401 for who is nobody.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Middleware } from '../core/exchange.ts';

/** Only worth a place in the chain of such a route, behind `authenticate`. */
export function confirmTenant(authenticator: RouteAuthenticator): Middleware {
  return async (exchange, next) => {
    const { identity, route } = exchange;
    if (!identity) throw new FrontdeskError('unauthenticated', { headers: authenticator.challenges() });
    if (identity.tenant === undefined || identity.tenant !== route?.tenant) {
      throw new FrontdeskError('forbidden', {
        detail: 'the identity is not of the tenant that the request states',
      });
    }
    return next(exchange);
  };
}
