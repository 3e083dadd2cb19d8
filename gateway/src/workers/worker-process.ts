/**
 * One worker as the primary sees it: what it serves, which connections it was given and has not yet taken, how many it has,
 * how it does.
 */
import type { Socket } from 'node:net';
import type { ConfigVersion } from '../change/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Child } from '../processes/child.ts';
import { isBeat } from '../processes/link.ts';
import { isFromWorker, type Served, toWorker, type WorkerOrder, type WorkerStatus } from './link.ts';
import type { WorkerChild } from './worker-child.ts';

/** Connections on their way to a worker: all that a stalled one keeps waiting. */
const MOST_UNTAKEN = 16;
/** One that has taken nothing of what it was given for so long is held up, and gets no more while others are not. */
const STALLED_MS = 200;

export interface WorkerEvents {
  /** It may take connections again, or some of its own have ended. */
  onRoom(): void;
  /** These were on their way to it and did not arrive, as where it has no descriptor left for them. */
  onMissed(sockets: readonly Socket[]): void;
  /** It is gone: nobody has taken these. */
  onLost(sockets: readonly Socket[]): void;
  /** It asks to be replaced. */
  onLeave(): void;
}

interface Untaken {
  readonly socket: Socket;
  readonly at: number;
}

interface Question {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class WorkerProcess implements Child {
  readonly generation: number;
  readonly #child: WorkerChild;
  readonly #clock: Clock;
  readonly #events: WorkerEvents;
  /** By number, in the order in which they were given. */
  readonly #untaken = new Map<number, Untaken>();
  /** For each beat that is not answered: the number of the last connection that went before it. */
  readonly #beats: number[] = [];
  #given = 0;
  readonly #questions = new Map<number, Question>();
  readonly #gone = Promise.withResolvers<void>();
  #taken = 0;
  #asked = 0;
  /** What it was told to build and nothing has been decided about. */
  #preparing: number | undefined;
  /** What it serves; before it has begun, what it shall. */
  serves: Served;
  status: WorkerStatus | undefined;
  /** Connections go to it. */
  isOpen = false;
  isOver = false;

  constructor(
    child: WorkerChild,
    order: WorkerOrder,
    options: { readonly generation: number; readonly clock: Clock; readonly events: WorkerEvents },
  ) {
    this.#child = child;
    this.#clock = options.clock;
    this.#events = options.events;
    this.generation = options.generation;
    this.serves = { version: order.version, bundle: order.bundle };
    child.onMessage((message) => this.#hear(message));
    child.onEnd((reason) => this.#ended(reason));
    child.send(toWorker({ kind: 'begin', order }));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it is no longer there. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get version(): ConfigVersion {
    return this.serves.version;
  }

  /** Connections that it has, and those on their way to it. */
  get connections(): number {
    return this.#taken + this.#untaken.size;
  }

  get hasRoom(): boolean {
    return this.isOpen && !this.isOver && this.#untaken.size < MOST_UNTAKEN;
  }

  /** It has not taken for a while what it was given. */
  isStalled(now: number): boolean {
    const [oldest] = this.#untaken.values();
    return oldest !== undefined && now - oldest.at > STALLED_MS;
  }

  give(socket: Socket): void {
    this.#given += 1;
    const id = this.#given;
    this.#untaken.set(id, { socket, at: this.#clock.now() });
    this.#child.give(toWorker({ kind: 'connection', id }), socket);
  }

  /** Builds it beside what it serves. Rejects with what makes it impossible there, and when the worker is gone. */
  async prepare(served: Served, withinMs: number): Promise<number> {
    const id = this.#nextId();
    this.#preparing = id;
    await this.#ask(id, withinMs, toWorker({ kind: 'prepare', id, served }));
    return id;
  }

  /** Takes over what was built. */
  async decide(id: number, withinMs: number): Promise<void> {
    this.#preparing = undefined;
    await this.#ask(id, withinMs, toWorker({ kind: 'decide', id, commit: true }));
  }

  /** Drops what was built, or is being built. */
  abandon(): void {
    if (this.#preparing === undefined) return;
    this.send(toWorker({ kind: 'decide', id: this.#preparing, commit: false }));
    this.#preparing = undefined;
  }

  send(message: object): void {
    if (isBeat(message)) this.#beats.push(this.#given);
    this.#child.send(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#child.onMessage(listener);
  }

  onEnd(listener: (reason: string) => void): void {
    this.#child.onEnd(listener);
  }

  /** SIGTERM: it leaves in good order. What is on its way to it comes before that word. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.isOpen = false;
    if (signal === 'SIGKILL') this.#child.kill(signal);
    else this.send(toWorker({ kind: 'drain' }));
  }

  #nextId(): number {
    this.#asked += 1;
    return this.#asked;
  }

  #ask(id: number, withinMs: number, question: object): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.isOver) reject(new Error('it has ended'));
    const disarm = this.#clock.after(withinMs, () => reject(new Error(`no answer within ${withinMs} ms`)));
    this.#questions.set(id, { resolve, reject });
    this.send(question);
    return promise.finally(() => {
      disarm();
      this.#questions.delete(id);
    });
  }

  #hear(message: unknown): void {
    if (isBeat(message)) this.#passed(this.#beats.shift() ?? 0);
    if (!isFromWorker(message)) return;
    switch (message.kind) {
      case 'connections':
        this.#took(message.taken, message.closed);
        return;
      case 'prepared':
      case 'decided':
        if (message.fault === undefined) this.#questions.get(message.id)?.resolve();
        else this.#questions.get(message.id)?.reject(new Error(message.fault));
        return;
      case 'status':
        this.status = message.status;
        return;
      case 'leave':
        this.#events.onLeave();
    }
  }

  #took(id: number | undefined, closed: number): void {
    this.#taken -= closed;
    if (id !== undefined) {
      this.#taken += 1;
      this.#untaken.get(id)?.socket.destroy();
      this.#untaken.delete(id);
      this.#passed(id);
    }
    this.#events.onRoom();
  }

  /** What the channel carries arrives in its order: whatever went before this and has not been taken never arrived. */
  #passed(last: number): void {
    const missed: Socket[] = [];
    for (const [id, { socket }] of this.#untaken) {
      if (id > last) break;
      this.#untaken.delete(id);
      missed.push(socket);
    }
    if (missed.length > 0) this.#events.onMissed(missed);
  }

  #ended(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    for (const { reject } of this.#questions.values()) reject(new Error(`it ended: ${reason}`));
    // What it said last is still on its way: what it took is not to be given to another.
    this.#child.onSilence(() => {
      this.#taken = 0;
      this.#gone.resolve();
      const sockets = Array.from(this.#untaken.values(), ({ socket }) => socket);
      this.#untaken.clear();
      this.#events.onLost(sockets);
    });
  }
}
