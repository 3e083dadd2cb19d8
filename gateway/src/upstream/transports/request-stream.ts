/**
 * A request body whose bytes are still coming, as the stream that undici takes. Bodies that are whole in memory
 * never come here. It starts its source when the connection is ready to send, and holds it back when it is not.
 */
import { Readable } from 'node:stream';
import type { Body, Flow } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';

const BUFFER_BYTES = 64 * 1024;

export class RequestStream extends Readable {
  readonly #body: Body;
  #flow: Flow | undefined;
  #started = false;
  /** The source said `end` or `fail`: there is nothing left to cancel. */
  #sourceDone = false;

  constructor(body: Body) {
    super({ highWaterMark: BUFFER_BYTES });
    this.#body = body;
    // undici stops listening when the request is aborted, and a body that breaks aborts it: its error, told a turn
    // later, would be heard by nobody and end the process.
    this.on('error', heardElsewhere);
  }

  override _read(): void {
    if (this.#started) {
      this.#flow?.resume();
      return;
    }
    this.#started = true;
    const flow = this.#body.start({
      write: (chunk) => this.push(chunk),
      end: () => {
        this.#sourceDone = true;
        this.push(null);
      },
      fail: (error) => {
        this.#sourceDone = true;
        this.destroy(error);
      },
    });
    if (this.#sourceDone) return;
    this.#flow = flow;
    if (this.destroyed) flow.cancel(notWanted());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#sourceDone) this.#flow?.cancel(error ?? notWanted());
    callback(error);
  }
}

/** The request's own abort tells of it. */
function heardElsewhere(): void {}

function notWanted(): FrontdeskError {
  return new FrontdeskError('upstream_reset', {
    detail: 'the backend answered before it had the whole request',
  });
}
