/**
 * One event stream (`text/event-stream`) that a backend sends a BFF, as an async iterable of its messages. Little is read
 * ahead; who leaves the loop ends the call.
 */
import { BackendStatusError } from '../../bff/backend-failure.ts';
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import { EventQueue } from '../../graph/subscribe/event-queue.ts';
import { EventStreamReader, isEventStream } from '../../wire/events/sse-reader.ts';

/** The largest event. */
const MAX_EVENT_BYTES = 1024 * 1024;
/** What waits for whoever reads: they conflate, so it is little. */
const MAX_WAITING = 16;

export interface EventCall {
  readonly upstream: string;
  readonly context: CallContext;
  /** Path and query. */
  readonly path: string;
  /** The path's template, for messages: never a value. */
  readonly template: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** `undefined` lets all pass. */
  readonly types: readonly string[] | undefined;
  readonly idleMs: number;
  readonly label: string;
  /** Where the stream's last event id is kept, by path, so that it goes on behind it when it is opened again. */
  readonly lastIds: Map<string, string> | undefined;
}

/**
 * Yields each event's data, parsed. Ends where the backend ends it in order. Throws `BackendStatusError` where the status
 * is no success, `upstream_invalid` for what is no event stream or no JSON, `upstream_too_large` past the limit, and
 * whatever broke it.
 */
export async function* readEvents(
  callUpstream: CallUpstream,
  call: EventCall,
): AsyncGenerator<unknown, void, undefined> {
  const { upstream, template, lastIds } = call;
  const reply = await open(callUpstream, call);
  const source = new EventSourceBody(reply, call);
  try {
    for (let event = await source.next(); event; event = await source.next()) {
      if (event.id !== undefined) lastIds?.set(`${upstream} ${call.path}`, event.id);
      yield parsed(event.data, upstream, template, reply.strip);
    }
  } finally {
    source.close();
  }
}

async function open(callUpstream: CallUpstream, call: EventCall): Promise<UpstreamReply> {
  const { upstream, context, path, template, idleMs, label, lastIds } = call;
  const headers = HeaderFields.of(call.headers ?? {});
  headers.set('accept', 'text/event-stream');
  const lastId = lastIds?.get(`${upstream} ${path}`);
  if (lastId !== undefined) headers.set('last-event-id', lastId);
  const reply = await callUpstream({
    upstream,
    context,
    method: 'GET',
    path,
    headers,
    body: emptyBody,
    label,
    stream: { idleMs },
  });
  const what = `GET ${template}`;
  const refused =
    reply.status < 200 || reply.status > 299
      ? new BackendStatusError(upstream, what, reply.status)
      : isEventStream(reply.headers.get('content-type'))
        ? undefined
        : new FrontdeskError('upstream_invalid', { detail: `${upstream}: ${what} answered no event stream` });
  if (!refused) return reply;
  reply.body.discard(refused);
  throw refused;
}

interface WaitingEvent {
  readonly data: string;
  readonly id: string | undefined;
}

/** A body that is pulled, event by event. */
class EventSourceBody {
  readonly #queue: EventQueue<WaitingEvent>;
  readonly #cancel: (reason: Error) => void;
  readonly #unlisten: () => void;
  #over = false;

  constructor({ body }: UpstreamReply, { context, types, upstream, template }: EventCall) {
    let resume = (): void => {};
    const queue = new EventQueue<WaitingEvent>({
      maxItems: MAX_WAITING,
      maxSize: MAX_EVENT_BYTES,
      sizeOf: ({ data }) => data.length,
      onRoom: () => resume(),
    });
    this.#queue = queue;
    const reader = new EventStreamReader(MAX_EVENT_BYTES, ({ type, data, id }) => {
      if (!types || types.includes(type)) queue.push({ data, id });
    });
    const flow = body.start({
      write: (chunk) => {
        if (this.#over) return false;
        if (!reader.write(chunk)) {
          const detail = `${upstream}: GET ${template}: an event of more than ${MAX_EVENT_BYTES} bytes`;
          const error = new FrontdeskError('upstream_too_large', { detail });
          // Its own reins may not be in our hands yet.
          queueMicrotask(() => this.#fail(error));
          return false;
        }
        return !queue.full;
      },
      end: () => {
        this.#over = true;
        queue.end();
      },
      fail: (error) => {
        this.#over = true;
        queue.end(error);
      },
    });
    resume = () => flow.resume();
    this.#cancel = (reason) => flow.cancel(reason);
    this.#unlisten = context.cancellation.onCancel((reason) => this.#fail(reason));
  }

  next(): Promise<WaitingEvent | undefined> {
    return this.#queue.pull();
  }

  close(): void {
    this.#unlisten?.();
    this.#fail(new FrontdeskError('client_closed', { detail: 'a stream was left' }));
    this.#queue.drop();
  }

  #fail(reason: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.end(reason);
    this.#cancel(reason);
  }
}

function parsed(data: string, upstream: string, template: string, strip: UpstreamReply['strip']): unknown {
  try {
    const shown = strip ? strip(Buffer.from(data)) : undefined;
    if (strip && !shown) throw new TypeError('members to strip, and no JSON');
    return JSON.parse(shown ? Buffer.from(shown.buffer, shown.byteOffset, shown.length).toString() : data);
  } catch (cause) {
    const detail = `${upstream}: GET ${template}: an event is no JSON`;
    throw new FrontdeskError('upstream_invalid', { detail, cause });
  }
}
