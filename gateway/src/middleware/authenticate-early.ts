/**
 * Proves who asks for a WebSocket where the handshake carries credentials, and refuses bad ones with 401. Without any it
 * lets pass: they may come in the socket's first message. The credentials stay, for each operation to prove them again.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Middleware } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';

export function authenticateEarly(authenticator: RouteAuthenticator): Middleware {
  const { credentialHeaders } = authenticator;
  const isThere = (headers: HeaderFields): boolean => {
    for (const name of credentialHeaders) if (headers.has(name)) return true;
    return authenticator.carries?.(headers) ?? false;
  };
  return async (exchange, next) => {
    if (isThere(exchange.headers)) exchange.identity = await authenticator.identify(exchange);
    return next(exchange);
  };
}
