/**
 * Which worker gets a connection: of those that serve what is in force, take what they are given and answer, the one with the
 * fewest. While there is none, connections wait; so many, and so long. What a worker that died had not taken goes to another.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import type { WorkerSettings } from './config.ts';

/** What the choice goes by. */
export interface Taker {
  /** Open ones, and those on their way. */
  readonly connections: number;
  /** Takes connections, and few are on their way to it. */
  readonly hasRoom: boolean;
  /** Has not taken for a while what it was given. */
  isStalled(now: number): boolean;
  give(socket: Socket): void;
}

export interface DispatcherOptions {
  readonly settings: Pick<WorkerSettings, 'waiting' | 'waitLimit'>;
  readonly takers: () => Iterable<Taker>;
  readonly clock: Clock;
  readonly meter: Meter;
}

type Refusal = 'full' | 'timeout' | 'closing';

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #refused: Instrument;
  /** The end of each one's patience. */
  readonly #waiting = new Map<Socket, () => void>();
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#refused = options.meter.counter({
      name: 'frontdesk_workers_connections_refused_total',
      help: 'Connections closed unheard by the primary because no worker took them, by why',
      labels: ['reason'],
    });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  dispatch(socket: Socket): void {
    // In the order in which they came.
    const taker = this.#waiting.size === 0 ? this.#choose() : undefined;
    if (taker) taker.give(socket);
    else this.#hold(socket);
  }

  /** Some may be taken now. */
  flush(): void {
    for (const [socket, disarm] of this.#waiting) {
      const taker = this.#choose();
      if (!taker) return;
      disarm();
      this.#remove(socket);
      taker.give(socket);
    }
  }

  /** Resolves when nobody waits: whoever did was taken, or has lost patience. */
  async emptied(): Promise<void> {
    if (this.#waiting.size === 0) return;
    this.#emptied ??= Promise.withResolvers();
    await this.#emptied.promise;
  }

  /** Gives up those that wait. */
  close(): void {
    for (const socket of [...this.#waiting.keys()]) this.#refuse(socket, 'closing');
  }

  #choose(): Taker | undefined {
    const now = this.#options.clock.now();
    let best: Taker | undefined;
    let bestIsStalled = false;
    for (const taker of this.#options.takers()) {
      if (!taker.hasRoom) continue;
      const isStalled = taker.isStalled(now);
      const isBetter =
        isStalled === bestIsStalled ? !best || taker.connections < best.connections : !isStalled;
      if (best && !isBetter) continue;
      best = taker;
      bestIsStalled = isStalled;
    }
    return best;
  }

  #hold(socket: Socket): void {
    const { settings, clock } = this.#options;
    if (this.#waiting.size >= settings.waiting) {
      this.#refuse(socket, 'full');
      return;
    }
    this.#waiting.set(
      socket,
      clock.after(settings.waitLimit, () => this.#refuse(socket, 'timeout')),
    );
  }

  #refuse(socket: Socket, why: Refusal): void {
    this.#waiting.get(socket)?.();
    this.#remove(socket);
    this.#refused(1, why);
    socket.destroy();
  }

  #remove(socket: Socket): void {
    this.#waiting.delete(socket);
    if (this.#waiting.size > 0) return;
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
