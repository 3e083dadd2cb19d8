/**
 * A request body on its way into an HTTP/2 stream, at the pace at which the backend takes it. Fields after the body
 * go on as trailers; a body that breaks never looks whole, as its stream is reset.
 */
import type { ClientHttp2Stream } from 'node:http2';
import type { Body, Flow, Sink } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { fieldRecord } from '../../wire/trailers.ts';

export class Http2Upload implements Sink {
  readonly #stream: ClientHttp2Stream;
  readonly #onBroken: (error: Error) => void;
  readonly #passes: ((name: string) => boolean) | undefined;
  #flow: Flow | undefined;
  #trailers: HeaderFields | undefined;
  /** The source has said its last, or was told to stop. */
  #done = false;

  /**
   * `onBroken` learns that the source failed; it is to reset the stream. `passes` says of a name whether a client's field
   * may go on: after a body no less than before it.
   */
  constructor(
    stream: ClientHttp2Stream,
    onBroken: (error: Error) => void,
    passes: ((name: string) => boolean) | undefined,
  ) {
    this.#stream = stream;
    this.#onBroken = onBroken;
    this.#passes = passes;
    stream.on('drain', () => this.#flow?.resume());
    stream.on('wantTrailers', () => this.#sendTrailers());
  }

  start(body: Body): void {
    const flow = body.start(this);
    if (!this.#done) this.#flow = flow;
    else if (this.#stream.destroyed || this.#stream.closed) flow.cancel(notWanted());
  }

  write(chunk: Uint8Array): boolean {
    if (this.#done) return false;
    return this.#stream.write(chunk);
  }

  end(trailers?: HeaderFields): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#passes) trailers?.filter(this.#passes);
    this.#trailers = trailers;
    this.#stream.end();
  }

  fail(error: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#onBroken(error);
  }

  /** The stream is over: what was not sent by now is not wanted. */
  stop(): void {
    if (this.#done) return;
    this.#done = true;
    this.#flow?.cancel(notWanted());
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    try {
      this.#stream.sendTrailers(fieldRecord(this.#trailers));
    } catch (error) {
      // Nobody else catches what is thrown here, and the trailers are a client's.
      this.#onBroken(
        new FrontdeskError('bad_request', { detail: 'trailers that cannot be sent', cause: error }),
      );
    }
  }
}

function notWanted(): FrontdeskError {
  return new FrontdeskError('upstream_reset', {
    detail: 'the backend answered before it had the whole request',
  });
}
