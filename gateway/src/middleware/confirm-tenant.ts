/**
 * A route that is matched on a tenant was found by the client's own word. Here it is held against who the client proved
 * to be: 403 for an identity of another tenant or of none, 401 for who is nobody.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';

/** Only worth a place in the chain of such a route, behind `authenticate`. */
export function confirmTenant(authenticator: RouteAuthenticator): Middleware {
  return async (exchange, next) => {
    const { identity, client } = exchange;
    if (!identity) {
      const headers = authenticator.challenges(undefined, undefined, client);
      throw new FrontdeskError('unauthenticated', { headers });
    }
    confirm(identity, exchange);
    return next(exchange);
  };
}

/** For the handshake of a socket: who says in its first message who it is, is held against it there. */
export const confirmTenantEarly: Middleware = async (exchange, next) => {
  if (exchange.identity) confirm(exchange.identity, exchange);
  return next(exchange);
};

function confirm({ tenant }: Identity, { route }: Exchange): void {
  if (tenant !== undefined && tenant === route?.tenant) return;
  throw new FrontdeskError('forbidden', {
    detail: 'the identity is not of the tenant that the request states',
  });
}
