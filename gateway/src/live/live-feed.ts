/**
 * The stream that open pages follow (Server-Sent Events): what is kept, then every second as it ends. The source is open while
 * somebody follows and no longer. There is room for so many; one that does not read misses seconds, and is then let go.
 */
import type { Body, Flow, Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { SSE_MEDIA_TYPE, sseEvent } from '../wire/events/sse.ts';
import type { LiveSource } from './live-source.ts';
import type { LiveSnapshot } from './snapshot.ts';

export const MAX_VIEWERS = 16;
/** Seconds that a viewer may miss in a row. */
const MAX_MISSED = 15;

export class LiveFeed {
  readonly #source: LiveSource;
  readonly #viewers = new Set<Viewer>();
  #close: (() => void) | undefined;
  #closed = false;

  constructor(source: LiveSource) {
    this.#source = source;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** The reply that goes on. Throws `overloaded` where too many look. */
  async follow(exchange: Exchange): Promise<Reply> {
    if (this.#closed) throw new FrontdeskError('draining');
    if (this.#viewers.size >= MAX_VIEWERS) {
      throw new FrontdeskError('overloaded', { detail: `${MAX_VIEWERS} live pages are open` });
    }
    const viewer = new Viewer();
    this.#viewers.add(viewer);
    this.#close ??= this.#source.open((snapshot) => this.#tell(snapshot));
    const reply = makeReply(
      200,
      HeaderFields.of({ 'content-type': SSE_MEDIA_TYPE, 'cache-control': 'no-store' }),
      viewer,
    );
    reply.settlement.whenSettled(() => this.#leave(viewer));
    // A client that went before there was an answer leaves no settlement behind.
    exchange.cancellation.onCancel(() => this.#leave(viewer));
    try {
      viewer.send(sseEvent('kept', JSON.stringify(await this.#source.list())));
    } catch (error) {
      this.#leave(viewer);
      throw error;
    }
    return reply;
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    for (const viewer of [...this.#viewers]) {
      this.#leave(viewer);
      viewer.end();
    }
  }

  #tell(snapshot: LiveSnapshot): void {
    const text = Buffer.from(sseEvent('second', JSON.stringify(snapshot)));
    for (const viewer of [...this.#viewers]) {
      viewer.send(text);
      if (viewer.missed <= MAX_MISSED) continue;
      this.#leave(viewer);
      viewer.fail(new FrontdeskError('slow_consumer'));
    }
  }

  #leave(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    this.#close?.();
    this.#close = undefined;
  }
}

/** One open stream. What it cannot take at once it never gets: the next second says what there is by then. */
class Viewer implements Body {
  readonly length = undefined;
  readonly replayable = false;
  /** Seconds that it was not ready for, since it last was. */
  missed = 0;
  #sink: Sink | undefined;
  #early: Uint8Array[] = [];
  #ready = true;
  #over = false;

  start(sink: Sink): Flow {
    this.#sink = sink;
    for (const chunk of this.#early.splice(0)) this.#write(chunk);
    if (this.#over) sink.end();
    return {
      resume: () => {
        this.#ready = true;
        this.missed = 0;
      },
      cancel: () => this.discard(),
    };
  }

  discard(): void {
    this.#over = true;
    this.#sink = undefined;
    this.#early = [];
  }

  send(text: string | Uint8Array): void {
    if (this.#over) return;
    const chunk = typeof text === 'string' ? Buffer.from(text) : text;
    if (!this.#sink) {
      this.#early.push(chunk);
      if (this.#early.length > 1) this.missed += 1;
    } else if (this.#ready) this.#write(chunk);
    else this.missed += 1;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink?.end();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink?.fail(error);
  }

  #write(chunk: Uint8Array): void {
    if (this.#sink?.write(chunk) === false) this.#ready = false;
  }
}
