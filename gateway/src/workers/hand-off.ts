/** The worker's side of the door: connections that the primary accepted, taken from the channel, and told when they end. */
import { Socket } from 'node:net';
import { fromWorker, isToWorker } from './link.ts';

/** The worker's own end of the channel: `process` itself. */
export interface WorkerEnd {
  readonly connected: boolean;
  send?(message: object): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * A `ConnectionSource` of the listener. Each that is taken is told at once, before anything else is answered or read: until
 * then the primary may give it to another. Those that end are told with it, or with the others of one turn of the loop.
 */
export class HandedConnections {
  readonly #end: WorkerEnd;
  readonly #place: Place;
  #closed = 0;
  #isTelling = false;

  constructor(end: WorkerEnd, place: Place) {
    this.#end = end;
    this.#place = place;
  }

  async open(take: (socket: Socket) => void): Promise<Place> {
    this.#end.on('message', (message, handle) => {
      if (!isToWorker(message) || message.kind !== 'connection') return;
      // Its client may be gone by now: then there is nothing in it.
      if (!(handle instanceof Socket)) this.#closed += 1;
      this.#tell(message.id);
      if (!(handle instanceof Socket)) return;
      handle.once('close', () => this.#ended());
      take(handle);
    });
    return this.#place;
  }

  /** The primary has stopped by now; what is still on its way is served. */
  close(): void {}

  #ended(): void {
    this.#closed += 1;
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      if (this.#closed > 0) this.#tell(undefined);
    });
  }

  #tell(taken: number | undefined): void {
    const closed = this.#closed;
    this.#closed = 0;
    if (this.#end.connected) this.#end.send?.(fromWorker({ kind: 'connections', taken, closed }));
  }
}
