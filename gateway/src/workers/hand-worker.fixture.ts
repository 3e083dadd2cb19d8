/** Workers that do what a test tells them, in place of processes. */
import type { Socket } from 'node:net';
import { BEAT, isBeat } from '../processes/link.ts';
import { type FromWorker, fromWorker, isToWorker, type Served, type WorkerOrder } from './link.ts';
import type { WorkerChild } from './worker-child.ts';

/** What one does when it is asked to build, or to take over what it built. */
export type Manner = 'does' | 'refuses' | 'waits' | 'dies';

export const version = (number: number): Served => ({
  version: { number, digest: `digest ${number}`, source: 'file', at: 0 },
  bundle: undefined,
});

export class HandWorker implements WorkerChild {
  readonly pid: number;
  readonly number: number;
  readonly sent: object[] = [];
  readonly signals: string[] = [];
  /** Connections on their way to it, by number. */
  readonly given = new Map<number, Socket>();
  readonly #hearers: ((message: unknown) => void)[] = [];
  readonly #enders: ((reason: string) => void)[] = [];
  readonly #built = new Map<number, Served>();
  prepares: Manner = 'does';
  decides: Manner = 'does';
  answersBeats = true;
  /** What requests would be answered with. */
  serves: Served | undefined;
  isOver = false;

  constructor(number: number, pid: number) {
    this.number = number;
    this.pid = pid;
  }

  send(message: object): void {
    if (this.isOver) return;
    this.sent.push(message);
    if (isBeat(message) && this.answersBeats) this.hear(BEAT);
    if (!isToWorker(message)) return;
    if (message.kind === 'begin') this.#begin(message.order);
    else if (message.kind === 'prepare') this.#prepare(message.id, message.served);
    else if (message.kind === 'decide') this.#decide(message.id, message.commit);
  }

  give(message: object, socket: Socket): void {
    if (isToWorker(message) && message.kind === 'connection') this.given.set(message.id, socket);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#hearers.push(listener);
  }

  onEnd(listener: (reason: string) => void): void {
    this.#enders.push(listener);
  }

  onSilence(listener: () => void): void {
    listener();
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push(signal);
    this.end(signal);
  }

  end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const listener of this.#enders) listener(reason);
  }

  ready(): void {
    this.hear({ frontdesk: 'process', ready: true, facts: {} });
  }

  says(message: FromWorker): void {
    this.hear(fromWorker(message));
  }

  hear(message: unknown): void {
    if (this.isOver) return;
    for (const listener of this.#hearers) listener(message);
  }

  /** Takes the oldest of what it was given, or the one of that number. */
  take(id = [...this.given.keys()][0]): void {
    if (id === undefined) return;
    this.given.delete(id);
    this.says({ kind: 'connections', taken: id, closed: 0 });
  }

  #begin({ version: begun, bundle }: WorkerOrder): void {
    this.serves = { version: begun, bundle };
  }

  #prepare(id: number, served: Served): void {
    if (this.prepares === 'dies') this.end('SIGSEGV');
    else if (this.prepares === 'refuses') this.says({ kind: 'prepared', id, fault: 'two routes are one' });
    else {
      this.#built.set(id, served);
      if (this.prepares === 'does') this.says({ kind: 'prepared', id, fault: undefined });
    }
  }

  #decide(id: number, commit: boolean): void {
    const built = this.#built.get(id);
    this.#built.delete(id);
    if (!commit) return;
    if (this.decides === 'dies') this.end('SIGSEGV');
    else if (this.decides === 'refuses') this.says({ kind: 'decided', id, fault: 'no' });
    else if (this.decides === 'does') {
      if (built) this.serves = built;
      this.says({ kind: 'decided', id, fault: built ? undefined : 'there is nothing to decide' });
    }
  }
}
