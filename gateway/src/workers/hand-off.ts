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

/** A `ConnectionSource` of the listener. What one turn of the loop takes and ends is told in one message. */
export class HandedConnections {
  readonly #end: WorkerEnd;
  readonly #place: Place;
  #taken = 0;
  #closed = 0;
  #isTelling = false;

  constructor(end: WorkerEnd, place: Place) {
    this.#end = end;
    this.#place = place;
  }

  async open(take: (socket: Socket) => void): Promise<Place> {
    this.#end.on('message', (message, handle) => {
      if (!isToWorker(message) || message.kind !== 'connection') return;
      this.#taken += 1;
      // Its client may be gone by now: then there is nothing in it.
      if (handle instanceof Socket) {
        handle.once('close', () => this.#ended());
        take(handle);
      } else this.#closed += 1;
      this.#tell();
    });
    return this.#place;
  }

  /** The primary has stopped by now; what is still on its way is served. */
  close(): void {}

  #ended(): void {
    this.#closed += 1;
    this.#tell();
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      const [taken, closed] = [this.#taken, this.#closed];
      this.#taken = 0;
      this.#closed = 0;
      if (this.#end.connected) this.#end.send?.(fromWorker({ kind: 'connections', taken, closed }));
    });
  }
}
