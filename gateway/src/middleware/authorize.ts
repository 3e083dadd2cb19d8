/** Lets pass who has every scope that the route asks for; 403 otherwise (RFC 6750 §3.1), 401 for who is nobody. */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Middleware } from '../core/exchange.ts';

/** Only worth a place in a chain where `scopes` is not empty. */
export function authorize(authenticator: RouteAuthenticator, scopes: readonly string[]): Middleware {
  const required = scopes.join(' ');
  return (exchange, next) => {
    const { identity } = exchange;
    if (!identity) {
      return Promise.reject(new FrontdeskError('unauthenticated', { headers: authenticator.challenges() }));
    }
    for (let i = 0; i < scopes.length; i += 1) {
      const scope = scopes[i] ?? '';
      if (identity.scopes.has(scope)) continue;
      const error = new FrontdeskError('insufficient_scope', {
        detail: `lacks ${scope}`,
        headers: authenticator.challenges('insufficient_scope', required),
      });
      return Promise.reject(error);
    }
    return next(exchange);
  };
}
