/**
 * Turns whatever is thrown below into the reply that a client may see: a problem document with the error's status
 * and fields. What must not be seen goes to the log, once, where the fault is ours or a backend's. A refusal without
 * asking goes there at debug: a line for each would flood the log just when a backend is down.
 */
import { type ErrorCode, FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';
import type { Logger } from '../core/log.ts';
import { problemReply } from '../wire/problem-details.ts';

export function errorBoundary(logger: Logger): Middleware {
  return async (exchange, next) => {
    try {
      return await next(exchange);
    } catch (thrown) {
      const error = toFrontdeskError(thrown);
      exchange.error = error;
      report(logger, exchange, error);
      return problemReply(error, exchange.id);
    }
  };
}

/** Refusals that cost nothing and come in floods; the change of state behind them is logged where it happens. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['circuit_open', 'bulkhead_full', 'overloaded', 'draining']);

function report(logger: Logger, { id, route }: Exchange, error: FrontdeskError): void {
  if (error.code === 'internal') {
    logger.error(
      { requestId: id, route: route?.template, detail: error.detail, error: error.cause ?? error },
      'a request failed inside the gateway',
    );
  } else if (error.status >= 500) {
    const { cause } = error;
    const nested =
      cause instanceof FrontdeskError ? cause.detail : cause instanceof Error ? cause.message : undefined;
    const fields = {
      requestId: id,
      route: route?.template,
      code: error.code,
      detail: error.detail,
      cause: nested,
    };
    if (REFUSALS.has(error.code)) logger.debug(fields, 'a request was refused');
    else logger.warn(fields, 'a request failed');
  }
}
