/**
 * A screen that is answered as its parts come, for clients that ask for it: `Accept: text/event-stream` or
 * `multipart/mixed` (RFC 2046 §5.1). The head leaves when the required parts are there, so that a screen that fails is a
 * problem document as ever. First comes what is there by then, in one object; then each other part as it is done.
 *
 * As events: `screen`, then `part` with `{"part": …, "value": …}`, at last `end` with the names of what is missing. As
 * parts: objects to be merged into the first; `Frontdesk-Incomplete` stands in the head of each that has something missing.
 */
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { preferredType } from '../../wire/content-negotiation.ts';
import {
  MULTIPART_CLOSE,
  MULTIPART_MEDIA_TYPE,
  MULTIPART_OPEN,
  multipartPart,
} from '../../wire/events/multipart.ts';
import { SSE_HEARTBEAT, SSE_MEDIA_TYPE, sseEvent } from '../../wire/events/sse.ts';
import { problemDetails } from '../../wire/problem-details.ts';
import { PayloadBody, type StreamDialect, streamHeaders } from '../reshaping/payload-body.ts';

export type ProgressiveForm = 'sse' | 'multipart';

const JSON_MEDIA_TYPE = 'application/json';
const MULTIPART_MIXED = 'multipart/mixed';

/** The form that the client asks for; `undefined` for one that wants the whole at once, as all do that do not say so. */
export function progressiveForm(accept: string | undefined): ProgressiveForm | undefined {
  // What nearly every request says ends here.
  if (accept === undefined || !/event-stream|multipart/i.test(accept)) return undefined;
  const preferred = preferredType(accept, [JSON_MEDIA_TYPE, SSE_MEDIA_TYPE, MULTIPART_MIXED]);
  if (preferred === SSE_MEDIA_TYPE) return 'sse';
  return preferred === MULTIPART_MIXED ? 'multipart' : undefined;
}

/** A part as the client sees it. */
export interface ShownValue {
  readonly value: unknown;
  readonly incomplete: boolean;
}

export interface ProgressiveAnswer {
  /** What was asked for, in the screen's order. */
  readonly names: readonly string[];
  readonly isRequired: (name: string) => boolean;
  /** Begins a part, or waits for it. Rejects where the screen fails with it. */
  readonly take: (name: string) => Promise<ShownValue>;
  /** Ends whatever is under way. */
  readonly close: () => void;
  readonly clock: Clock;
  readonly heartbeatMs: number;
}

/** Rejects with what makes a screen fail before anything of it is sent; then `close` is the caller's matter. */
export async function progressiveReply(
  exchange: Exchange,
  form: ProgressiveForm,
  answer: ProgressiveAnswer,
): Promise<Reply> {
  const arrivals = new Arrivals(answer);
  await arrivals.required();
  exchange.cancellation.throwIfCancelled();
  const { clock, heartbeatMs, close } = answer;
  const dialect = form === 'sse' ? sseDialect(exchange) : multipartDialect(exchange);
  const texts = form === 'sse' ? eventTexts(arrivals) : partTexts(arrivals);
  const payloads: AsyncIterator<string> = {
    async next() {
      const result = await texts.next();
      if (result.done) close();
      return result;
    },
    async return() {
      close();
      return { value: undefined, done: true };
    },
  };
  const body = new PayloadBody({ exchange, payloads, dialect, clock, heartbeatMs, isBrief: true });
  return makeReply(200, streamHeaders(form === 'sse' ? SSE_MEDIA_TYPE : MULTIPART_MEDIA_TYPE), body);
}

interface Arrival {
  readonly name: string;
  readonly shown: ShownValue;
}

/** Parts in the order in which they are done. */
class Arrivals {
  readonly #required: Promise<unknown>;
  readonly #done: Arrival[] = [];
  #left: number;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor({ names, isRequired, take }: ProgressiveAnswer) {
    this.#left = names.length;
    const taken = names.map((name) => ({ name, shown: take(name) }));
    for (const { name, shown } of taken) {
      shown.then(
        (value) => {
          this.#left -= 1;
          this.#done.push({ name, shown: value });
          this.#wake?.();
        },
        (reason) => {
          this.#failure ??= { reason };
          this.#wake?.();
        },
      );
    }
    this.#required = Promise.all(taken.filter(({ name }) => isRequired(name)).map(({ shown }) => shown));
  }

  /** Resolves once nothing required can fail any more. */
  async required(): Promise<void> {
    await this.#required;
    if (this.#failure) throw this.#failure.reason;
  }

  /** What is done by now and was not taken. */
  now(): readonly Arrival[] {
    return this.#done.splice(0);
  }

  /** As `now`, when there is something; `undefined` once all was taken. */
  async next(): Promise<readonly Arrival[] | undefined> {
    for (;;) {
      const arrivals = this.now();
      if (arrivals.length > 0) return arrivals;
      if (this.#failure) throw this.#failure.reason;
      if (this.#left === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function objectOf(arrivals: readonly Arrival[]): string {
  return JSON.stringify(Object.fromEntries(arrivals.map(({ name, shown }) => [name, shown.value ?? null])));
}

function missingIn(arrivals: readonly Arrival[]): string[] {
  return arrivals.filter(({ shown }) => shown.incomplete).map(({ name }) => name);
}

async function* eventTexts(arrivals: Arrivals): AsyncGenerator<string, void, undefined> {
  const first = arrivals.now();
  const incomplete = missingIn(first);
  yield sseEvent('screen', objectOf(first));
  for (let more = await arrivals.next(); more; more = await arrivals.next()) {
    incomplete.push(...missingIn(more));
    yield more
      .map(({ name, shown }) => sseEvent('part', JSON.stringify({ part: name, value: shown.value ?? null })))
      .join('');
  }
  yield sseEvent('end', JSON.stringify({ incomplete }));
}

async function* partTexts(arrivals: Arrivals): AsyncGenerator<string, void, undefined> {
  yield mergePart(arrivals.now());
  for (let more = await arrivals.next(); more; more = await arrivals.next()) yield mergePart(more);
}

function mergePart(arrivals: readonly Arrival[]): string {
  const missing = missingIn(arrivals);
  return multipartPart(
    objectOf(arrivals),
    false,
    missing.length > 0 ? [['frontdesk-incomplete', missing.join(', ')]] : [],
  );
}

function problemOf(exchange: Exchange, error: FrontdeskError): string {
  return JSON.stringify(problemDetails(error, exchange.id));
}

function sseDialect(exchange: Exchange): StreamDialect {
  return {
    open: '',
    heartbeat: SSE_HEARTBEAT,
    complete: '',
    payload: (text) => text,
    failure: (error) => sseEvent('problem', problemOf(exchange, error)),
  };
}

function multipartDialect(exchange: Exchange): StreamDialect {
  return {
    open: MULTIPART_OPEN,
    heartbeat: undefined,
    complete: MULTIPART_CLOSE,
    payload: (text) => text,
    failure: (error) => multipartPart(problemOf(exchange, error), true, [], 'application/problem+json'),
  };
}
