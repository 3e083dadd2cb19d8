/**
 * Subscribes by server-sent events: one POST, one subscription (graphql-sse, "distinct connections mode"). A subgraph
 * that answers with JSON instead has answered once and for all.
 */
import { collect, type Flow, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import { EventStreamReader, isEventStream } from '../../wire/events/sse-reader.ts';
import { getOwn } from '../execute/data.ts';
import type { EventQueue } from './event-queue.ts';
import {
  invalid,
  readJson,
  type Source,
  type SourceEvent,
  type SourceRequest,
  sourceQueue,
} from './source.ts';

/** Where and within what bounds. */
export interface SourcePlace {
  readonly callUpstream: CallUpstream;
  readonly upstream: string;
  readonly path: string;
  readonly label: string;
  readonly idleMs: number;
  readonly maxEventBytes: number;
}

/** An answer that is no stream. */
export interface PlainAnswer {
  readonly status: number;
  /** `undefined` where it is no GraphQL response. */
  readonly event: SourceEvent | undefined;
}

/** What is read of an answer that is no stream. */
const MAX_PLAIN_BYTES = 64 * 1024;

export async function openSse(
  place: SourcePlace,
  { context, forwarded, body }: SourceRequest,
): Promise<Source | PlainAnswer> {
  const { callUpstream, upstream, path, label, idleMs, maxEventBytes } = place;
  const reply = await callUpstream({
    upstream,
    context,
    method: 'POST',
    path,
    headers: new HeaderFields([
      'content-type',
      'application/json',
      'accept',
      // Alone: servers of this protocol look for these very words.
      'text/event-stream',
      ...forwarded,
    ]),
    body: new WholeBody(body),
    // To open a subscription changes nothing.
    idempotent: true,
    label,
    stream: { idleMs },
  });
  if (reply.status !== 200 || !isEventStream(reply.headers.get('content-type'))) return plainAnswer(reply);
  return new SseSource(reply, maxEventBytes);
}

async function plainAnswer(reply: UpstreamReply): Promise<PlainAnswer> {
  const tooLarge = (): FrontdeskError => invalid('an answer that is neither a stream nor short');
  try {
    const bytes = await collect(reply.body, MAX_PLAIN_BYTES, tooLarge);
    const event = readJson(bytes, undefined);
    const isResponse = Array.isArray(getOwn(event.body, 'errors'));
    return { status: reply.status, event: isResponse ? event : undefined };
  } catch {
    return { status: reply.status, event: undefined };
  }
}

class SseSource implements Source {
  readonly #queue: EventQueue<SourceEvent>;
  readonly #flow: Flow;
  /** Nothing more is taken of the stream. */
  #over = false;

  constructor({ body, strip }: UpstreamReply, maxEventBytes: number) {
    this.#queue = sourceQueue(maxEventBytes, () => this.#flow.resume());
    const reader = new EventStreamReader(maxEventBytes, ({ type, data }) => this.#event(type, data, strip));
    this.#flow = body.start({
      write: (chunk) => {
        if (this.#over) {
          // Whoever goes on after the end would hold its connection for ever.
          queueMicrotask(() => this.#flow.cancel(unwanted('more after the end')));
          return true;
        }
        if (!reader.write(chunk)) this.#fail(tooLong(maxEventBytes));
        return !this.#queue.full;
      },
      // By the protocol a stream ends with `complete`; one that just ends has lost something.
      end: () => this.#fail(new FrontdeskError('upstream_reset', { detail: 'the stream ended unfinished' })),
      fail: (error) => this.#fail(error),
    });
  }

  next(): Promise<SourceEvent | undefined> {
    return this.#queue.pull();
  }

  close(): void {
    this.#queue.drop();
    // A stream that is complete ends by itself, and its connection serves again.
    if (this.#over) return;
    this.#over = true;
    this.#flow.cancel(unwanted('nobody is subscribed any more'));
  }

  #event(type: string, data: string, strip: UpstreamReply['strip']): void {
    if (this.#over) return;
    if (type === 'complete') {
      this.#over = true;
      this.#queue.end();
      return;
    }
    if (type !== 'next' && type !== 'message') return;
    try {
      this.#queue.push(readJson(Buffer.from(data), strip));
    } catch (error) {
      this.#fail(error instanceof Error ? error : invalid('an event'));
    }
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.end(error);
    queueMicrotask(() => this.#flow.cancel(error));
  }
}

function unwanted(detail: string): FrontdeskError {
  return new FrontdeskError('client_closed', { detail });
}

function tooLong(maxBytes: number): FrontdeskError {
  return new FrontdeskError('upstream_too_large', { detail: `an event of more than ${maxBytes} bytes` });
}
