/**
 * Sheds load before it becomes collapse: what an event loop that falls behind has no time for waits its turn by priority
 * (core/admission-queue.ts), or is refused at once with 503 and `Retry-After`. It stands before everything else: to refuse
 * must cost far less than to serve, or refusing is what the gateway dies of. So a refusal has an id and is counted, and
 * the log tells of it once a second instead of a line for each. Probes of health are never refused.
 */
import { z } from 'zod';
import { AdmissionQueue } from '../core/admission-queue.ts';
import { WholeBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { ERRORS, FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, type Middleware, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import { PRIORITIES, type Priority, type PriorityName } from '../core/priority.ts';
import { durationMs } from '../settings/settings.ts';
import { problemType } from '../wire/problem-details.ts';
import type { IdSource } from '../wire/trace-context.ts';

const settings = z.strictObject({
  maxWait: durationMs
    .refine((ms) => ms >= 1 && ms <= 10_000, 'expected 1ms to 10s')
    .prefault('1s')
    .describe('Longest that a request may wait its turn; one that would wait longer is refused at once'),
  slice: durationMs
    .refine((ms) => ms >= 1 && ms <= 100, 'expected 1ms to 100ms')
    .prefault('2ms')
    .describe('Time in one turn of the event loop for requests to begin in; the rest waits'),
});

export const sheddingConfig = z
  .union([z.literal('off').transform((): undefined => undefined), settings], {
    error: 'expected off, or settings such as { maxWait: 1s }',
  })
  .prefault({});

export type SheddingConfig = z.output<typeof settings>;

const RETRY_AFTER_S = 1;
const REPORT_MS = 1_000;
const NAMES: readonly PriorityName[] = ['high', 'normal', 'low'];

export interface LoadShedderOptions {
  readonly config: SheddingConfig;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Calls back in the next turn of the event loop. */
  readonly defer?: (fire: () => void) => void;
}

/** One for a process: it outlives configurations. */
export class LoadShedder {
  readonly #queue: AdmissionQueue;
  readonly #ids: IdSource;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #count: Instrument;
  #inFlight = 0;
  /** Since the last word on it; `undefined` while nothing is refused. */
  #refused: number[] | undefined;

  constructor({ config, clock, ids, logger, meter, defer = setImmediate }: LoadShedderOptions) {
    this.#queue = new AdmissionQueue({ clock, defer, maxWaitMs: config.maxWait, sliceMs: config.slice });
    this.#ids = ids;
    this.#clock = clock;
    this.#logger = logger;
    this.#count = meter.counter({
      name: 'frontdesk_shed_total',
      help: 'Requests refused because the event loop is asked for more than it can do, by priority.',
      labels: ['priority'],
    });
  }

  /** A connection was accepted. */
  readonly newcomer = (): void => this.#queue.newcomer();

  /** Requests that wait their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** `priorityOf` is asked under load alone; `undefined` for what is never refused. */
  step(priorityOf: (exchange: Exchange) => Priority | undefined): Middleware {
    return (exchange, next) => {
      if (this.#queue.hasRoom(this.#inFlight)) return this.#go(exchange, next);
      const priority = priorityOf(exchange);
      return priority === undefined ? this.#go(exchange, next) : this.#wait(exchange, next, priority);
    };
  }

  #go(exchange: Exchange, next: Handler): Promise<Reply> {
    this.#inFlight += 1;
    return next(exchange).then(
      (reply) => {
        reply.settlement.whenSettled(() => {
          this.#inFlight -= 1;
        });
        return reply;
      },
      (error: unknown) => {
        this.#inFlight -= 1;
        throw error;
      },
    );
  }

  #wait(exchange: Exchange, next: Handler, priority: Priority): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const refuse = (): void => resolve(this.#refuse(exchange, priority));
    const waiter = {
      run: () => resolve(this.#go(exchange, next)),
      isGone: () => exchange.cancellation.cancelled,
      refuse,
    };
    if (!this.#queue.wait(waiter, priority)) refuse();
    return promise;
  }

  #refuse(exchange: Exchange, priority: Priority): Reply {
    this.#count(1, NAMES[priority] ?? 'normal');
    this.#report(priority);
    exchange.id = this.#ids.traceId();
    if (exchange.body.length !== 0) exchange.body.discard(new FrontdeskError('overloaded'));
    return refusal(exchange.id);
  }

  /** A word at the first, and one a second while it lasts. */
  #report(priority: Priority): void {
    if (!this.#refused) {
      this.#refused = NAMES.map(() => 0);
      this.#logger.warn({ waiting: this.#queue.length }, 'overloaded: requests are refused');
      this.#clock.after(REPORT_MS, () => this.#reportAgain());
    }
    this.#refused[priority] = (this.#refused[priority] ?? 0) + 1;
  }

  #reportAgain(): void {
    const refused = this.#refused ?? [];
    this.#refused = undefined;
    const [high, normal, low] = refused;
    this.#logger.warn({ high, normal, low }, 'requests were refused within a second');
  }
}

const { status, title } = ERRORS.overloaded;
const BEFORE_ID = `{"type":${JSON.stringify(problemType('overloaded'))},"title":${JSON.stringify(title)},"status":${status},"instance":"urn:frontdesk:request:`;

/** The problem document that the error boundary would make, put together from what is always the same. */
function refusal(id: string): Reply {
  const headers = new HeaderFields([
    'content-type',
    'application/problem+json',
    'cache-control',
    'no-store',
    'retry-after',
    `${RETRY_AFTER_S}`,
    'x-request-id',
    id,
  ]);
  return makeReply(status, headers, new WholeBody(`${BEFORE_ID}${id}","requestId":"${id}"}`));
}

/** The priority by which a request waits: its route's own, which is known before it is known who asks. */
export function shedPriority(kind: string, own: PriorityName | undefined): Priority | undefined {
  return kind === 'health' ? undefined : PRIORITIES[own ?? 'normal'];
}
