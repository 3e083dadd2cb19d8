/**
 * Starts the exchange's one deadline: by then the head of its answer is out, or it is cancelled with whatever still
 * works for it. The listener ends it when the head is out.
 */
import type { Middleware } from '../core/exchange.ts';

/** `ms` is the route's own. */
export function deadline(ms: number): Middleware {
  return (exchange, next) => {
    exchange.deadline.within(ms);
    return next(exchange);
  };
}
