/**
 * One part of one request: its function, started once, under its own timeout and a cancellation that the
 * screen's reaches. Its promise settles once, whatever the function does afterwards.
 */
import { Cancellation } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { GraphDocument } from './backend.ts';
import { NO_INPUT } from './input.ts';
import type { Part } from './part.ts';

/** What the clients of a part are told of it. */
export interface PartScope {
  /** The part's name: the label of its calls. */
  readonly name: string;
  /** The exchange, with the part's own cancellation and the screen's deadline. */
  readonly context: CallContext;
  /** Milliseconds left of the part's own timeout; `undefined` where it has none. */
  remainingMs(): number | undefined;
  /** Notes that a part of an answer is missing. */
  notePartial(): void;
}

/** The doors to the backends, opened for one part. */
export interface PartClients {
  readonly rest: object;
  readonly grpc: object;
  graph(document: GraphDocument<unknown, object>, variables?: object): Promise<unknown>;
}

export type OpenClients = (scope: PartScope) => PartClients;

export class PartRun implements PartScope {
  readonly name: string;
  readonly part: Part;
  readonly context: CallContext;
  /** The value as the function gave it. Rejects with what went wrong first: failure, timeout or cancellation. */
  readonly raw: Promise<unknown>;
  /** The parts that this one waited for, ever: what a cycle is looked for in. */
  readonly used = new Set<PartRun>();
  /** Whether some of a graph's answer was missing. */
  partial = false;
  settled = false;
  readonly startedAt: number;
  durationMs = 0;

  readonly #clock: Clock;
  readonly #cancellation = new Cancellation();
  readonly #unlink: () => void;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  #disarm: (() => void) | undefined;
  #leftMs: number | undefined;
  #armedAt = 0;
  #waits = 0;

  /** `screen` carries the screen's cancellation and deadline. Nothing runs before `start`. */
  constructor(name: string, part: Part, screen: CallContext, clock: Clock) {
    this.name = name;
    this.part = part;
    this.#clock = clock;
    this.startedAt = clock.now();
    this.#leftMs = part.timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.raw = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // Whoever is interested attaches a handler of their own; a part that nobody awaits any more must not end the process.
    promise.catch(() => {});
    this.context = withCancellation(screen, this.#cancellation);
    this.#unlink = screen.cancellation.onCancel((reason) => this.#cancellation.cancel(reason));
    this.#cancellation.onCancel((reason) => this.#settle(() => this.#reject(reason)));
  }

  /** Calls the part's function, in the same turn. */
  start(
    clients: PartClients,
    use: (name: string) => Promise<unknown>,
    input: Readonly<Record<string, unknown>> = NO_INPUT,
  ): void {
    if (this.settled) return;
    this.#arm();
    const identity = this.context.identity;
    let result: unknown;
    try {
      result = this.part.resolve({
        rest: clients.rest,
        grpc: clients.grpc,
        graph: (document, variables) => clients.graph(document, variables),
        use,
        input,
        get identity() {
          if (!identity) throw new FrontdeskError('unauthenticated');
          return identity;
        },
      });
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    Promise.resolve(result).then(
      (value) => this.#settle(() => this.#resolve(value)),
      (thrown) => this.fail(thrown),
    );
  }

  fail(reason: unknown): void {
    this.#settle(() => this.#reject(reason));
  }

  /** Waits for another part; the own timeout stands still meanwhile. */
  async waitFor(other: PartRun): Promise<unknown> {
    this.used.add(other);
    if (other.settled) return other.raw;
    if (this.#waits++ === 0) this.#pause();
    try {
      return await other.raw;
    } finally {
      if (--this.#waits === 0 && !this.settled) this.#arm();
    }
  }

  /** Whether this part, or one that it waited for, waited for `target`. */
  reaches(target: PartRun): boolean {
    if (this === target) return true;
    for (const used of this.used) if (used.reaches(target)) return true;
    return false;
  }

  remainingMs(): number | undefined {
    if (this.#leftMs === undefined) return undefined;
    return Math.max(0, this.#leftMs - (this.#disarm ? this.#clock.now() - this.#armedAt : 0));
  }

  notePartial(): void {
    this.partial = true;
  }

  /** Stops whatever the function left running. */
  close(reason: Error): void {
    this.#unlink();
    this.#cancellation.cancel(reason);
  }

  #arm(): void {
    if (this.#leftMs === undefined || this.#disarm) return;
    this.#armedAt = this.#clock.now();
    this.#disarm = this.#clock.after(this.#leftMs, () => {
      const detail = `part ${this.name} took longer than ${this.part.timeoutMs} ms`;
      this.#cancellation.cancel(new FrontdeskError('upstream_timeout', { detail }));
    });
  }

  #pause(): void {
    this.#leftMs = this.remainingMs();
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #settle(how: () => void): void {
    if (this.settled) return;
    this.settled = true;
    this.durationMs = this.#clock.now() - this.startedAt;
    this.#pause();
    how();
  }
}

/** The same exchange, to be stopped apart. */
export function withCancellation(context: CallContext, cancellation: Cancellation): CallContext {
  const { id, client, host, identity, deadline, timeline, trace } = context;
  return { id, client, host, identity, deadline, cancellation, timeline, trace };
}
