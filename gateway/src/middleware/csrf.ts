/**
 * Refuses changes that a browser sends with a session's cookie for another page's sake (CSRF), on top of `SameSite`, which
 * takes sibling hosts for ours. Only for requests that the session proved: other credentials come from no browser by
 * itself.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { Middleware } from '../core/exchange.ts';
import { foreignPage, isSafe } from '../wire/trust/fetch-metadata.ts';

/** `trusted`: the origins whose pages may send changes, our own among them, in lower case. */
export function csrf(trusted: readonly string[]): Middleware {
  const origins = new Set(trusted);
  return (exchange, next) => {
    // A handshake is a GET, but what comes over the socket may change anything, and a page of elsewhere could read it.
    const isChange = exchange.dispatch !== undefined || !isSafe(exchange.method);
    if (exchange.identity?.scheme !== 'session' || !isChange) return next(exchange);
    const fault = foreignPage(exchange.headers, origins);
    if (fault === undefined) return next(exchange);
    const error = new FrontdeskError('forbidden', {
      detail: `cross-site request: ${fault}`,
      members: { reason: 'A change with a session must come from a page of this origin.' },
    });
    exchange.body.discard(error);
    return Promise.reject(error);
  };
}
