/**
 * Proves who asks and writes it on the exchange, or refuses with 401. Afterwards the credentials are taken away: a
 * backend gets the identity in headers of its own and never what a client used to prove it.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Middleware } from '../core/exchange.ts';

export function authenticate(authenticator: RouteAuthenticator): Middleware {
  const { credentialHeaders } = authenticator;
  const isNoCredential = (name: string) => !credentialHeaders.has(name);
  return async (exchange, next) => {
    const found = authenticator.identify(exchange.headers);
    exchange.identity = found instanceof Promise ? await found : found;
    exchange.headers.filter(isNoCredential);
    return next(exchange);
  };
}
