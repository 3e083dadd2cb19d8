/**
 * Holds a request's body to its route's size: by `Content-Length` before a byte is read, else as the bytes come.
 * A coded body (`Content-Encoding`) is refused: its size says nothing of what a backend would unpack.
 */
import type { Body, Flow, Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Middleware } from '../core/exchange.ts';

export function bodyLimit(maxBytes: number): Middleware {
  return (exchange, next) => {
    const { body, headers } = exchange;
    if (body.length === 0) return next(exchange);
    const coding = headers.get('content-encoding');
    if (coding !== undefined && coding.toLowerCase() !== 'identity') {
      const error = new FrontdeskError('unsupported_media_type', {
        detail: 'a request body with a content coding',
        // RFC 9110 §12.5.3: which codings would have been taken.
        headers: [['accept-encoding', 'identity']],
      });
      body.discard(error);
      return Promise.reject(error);
    }
    if (body.length !== undefined) {
      if (body.length <= maxBytes) return next(exchange);
      const error = tooLarge(maxBytes);
      body.discard(error);
      return Promise.reject(error);
    }
    exchange.body = new CountedBody(body, maxBytes);
    return next(exchange);
  };
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('payload_too_large', { members: { maxBytes } });
}

/** A body of unknown length that fails at the first byte past its limit. */
class CountedBody implements Body {
  readonly length = undefined;
  readonly replayable: boolean;
  readonly #body: Body;
  readonly #maxBytes: number;

  constructor(body: Body, maxBytes: number) {
    this.#body = body;
    this.#maxBytes = maxBytes;
    this.replayable = body.replayable;
  }

  start(sink: Sink): Flow {
    let bytes = 0;
    let over = false;
    let flow: Flow | undefined;
    flow = this.#body.start({
      write: (chunk) => {
        if (over) return false;
        bytes += chunk.length;
        if (bytes <= this.#maxBytes) return sink.write(chunk);
        over = true;
        const error = tooLarge(this.#maxBytes);
        flow?.cancel(error);
        sink.fail(error);
        return false;
      },
      end: (trailers) => {
        if (!over) sink.end(trailers);
      },
      fail: (error) => {
        if (!over) sink.fail(error);
      },
    });
    // A source may push past the limit before its reins were in our hands.
    if (over) flow.cancel(tooLarge(this.#maxBytes));
    return flow;
  }

  discard(reason: Error): void {
    this.#body.discard(reason);
  }
}
