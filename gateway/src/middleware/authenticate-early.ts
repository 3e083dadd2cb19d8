/**
 * Proves who asks for a WebSocket where the handshake carries credentials, and refuses bad ones with 401. Without any it
 * lets pass: they may come in the socket's first message. The credentials stay, for each operation to prove them again.
 */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Middleware } from '../core/exchange.ts';

export function authenticateEarly(authenticator: RouteAuthenticator): Middleware {
  const { credentialHeaders } = authenticator;
  return async (exchange, next) => {
    for (const name of credentialHeaders) {
      if (!exchange.headers.has(name)) continue;
      exchange.identity = await authenticator.identify(exchange);
      break;
    }
    return next(exchange);
  };
}
