/** Stands around every request of a BFF: its places, its clock and its account. */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler, Reply } from '../../core/exchange.ts';
import { LEAST_PRIORITY } from '../../core/priority.ts';
import { isEventStream } from '../../wire/events/sse-reader.ts';
import { PayloadBody } from '../reshaping/payload-body.ts';
import type { BffAccount, BffOutcome } from './ledger.ts';

const RETRY_AFTER_S = 1;

export interface GuardOptions {
  readonly account: BffAccount;
  /** What of it is asked for, as metrics call it. */
  readonly screen: string;
  /** Most requests of the BFF at once; Infinity for no bound of its own. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Whether there is anybody to ask, where that is known: the process that the gateway runs for it. */
  readonly serves?: (() => boolean) | undefined;
}

/**
 * The same handler within bounds of its own. A place is held to the last byte of the answer; a stream gives it back with
 * its head, since others bound how many of those there are; an answer that only comes in pieces is none. One request too many is refused at once: the others of this
 * BFF, and those of all others, never wait for it.
 */
export function guardBff(handler: Handler, options: GuardOptions): Handler {
  const { account, screen, concurrency, clock, serves } = options;
  return (exchange) => {
    if (serves && !serves()) {
      account.ended(screen, 'error', 0);
      return refuse(exchange, new FrontdeskError('upstream_unavailable', GONE));
    }
    if (!account.enter(concurrency)) {
      account.ended(screen, 'refused', 0);
      const detail = `the BFF has ${concurrency} requests under way, which is all that it may have`;
      return refuse(exchange, new FrontdeskError('overloaded', { detail, retryAfterS: RETRY_AFTER_S }));
    }
    if (account.yields) exchange.priority = LEAST_PRIORITY;
    const startedAt = clock.now();
    return handler(exchange).then(
      (reply) => {
        account.ended(screen, outcomeOf(reply, exchange.error), clock.now() - startedAt);
        if (isStream(reply)) account.leave();
        else reply.settlement.whenSettled(() => account.leave());
        return reply;
      },
      (error: unknown) => {
        account.leave();
        account.ended(screen, outcomeOfError(toFrontdeskError(error)), clock.now() - startedAt);
        throw error;
      },
    );
  };
}

const GONE = { detail: 'its process does not serve now', retryAfterS: RETRY_AFTER_S };

function refuse({ body }: Exchange, error: FrontdeskError): Promise<never> {
  body.discard(error);
  return Promise.reject(error);
}

/** `noted`: what went wrong behind an answer that is 200 all the same, as GraphQL's are. */
function outcomeOf({ status, headers }: Reply, noted: Error | undefined): BffOutcome {
  if (noted) return outcomeOfError(toFrontdeskError(noted));
  if (status >= 500) return 'error';
  if (status >= 400) return 'client_error';
  return headers.has('frontdesk-incomplete') ? 'incomplete' : 'ok';
}

function outcomeOfError({ code, status }: FrontdeskError): BffOutcome {
  if (code === 'client_closed') return 'abandoned';
  return status >= 500 ? 'error' : 'client_error';
}

function isStream({ headers, body }: Reply): boolean {
  if (body instanceof PayloadBody && body.isBrief) return false;
  const type = headers.get('content-type');
  return isEventStream(type) || (type?.startsWith('multipart/mixed') ?? false);
}
