/**
 * Proves who asks and writes it on the exchange, or refuses with 401. Afterwards the credentials are taken away: a
 * backend gets the identity in headers of its own and never what a client used to prove it.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Exchange, Handler, Middleware, Reply } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';

export function authenticate(authenticator: RouteAuthenticator): Middleware {
  const { credentialHeaders } = authenticator;
  const isNoCredential = (name: string) => !credentialHeaders.has(name);
  const go = (exchange: Exchange, identity: Identity | undefined, next: Handler): Promise<Reply> => {
    exchange.identity = identity;
    exchange.headers.filter(isNoCredential);
    return next(exchange);
  };
  return (exchange, next) => {
    let found: ReturnType<RouteAuthenticator['identify']>;
    try {
      found = authenticator.identify(exchange);
    } catch (error) {
      return Promise.reject(error);
    }
    if (found instanceof Promise) return found.then((identity) => go(exchange, identity, next));
    return go(exchange, found, next);
  };
}
