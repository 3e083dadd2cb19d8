/**
 * Proves who asks and writes it on the exchange, or refuses with 401. Afterwards the credentials are taken away: a
 * backend gets the identity in headers of its own and never what a client used to prove it. What a client should know for
 * its next proof goes out with the reply.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Exchange, Handler, Middleware, Reply } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';

export function authenticate(authenticator: RouteAuthenticator): Middleware {
  const { credentialHeaders, replyFields } = authenticator;
  const isNoCredential = (name: string) => !credentialHeaders.has(name);
  const go = (exchange: Exchange, identity: Identity | undefined, next: Handler): Promise<Reply> => {
    exchange.identity = identity;
    exchange.headers.filter(isNoCredential);
    const fields = replyFields?.(exchange);
    return fields ? next(exchange).then((reply) => withFields(reply, fields)) : next(exchange);
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

function withFields(reply: Reply, fields: readonly (readonly [name: string, value: string])[]): Reply {
  for (const [name, value] of fields) reply.headers.set(name, value);
  return reply;
}
