/**
 * One part of one request: its function, started once, under its own timeout and a cancellation that the
 * screen's reaches. It settles once, whatever the function does afterwards.
 *
 * There are several for each request: nothing here is made before it is asked for.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Priority } from '../../core/priority.ts';
import type { ScreenTrace } from '../../core/request-trace.ts';
import { contextUnder } from '../../core/traced-context.ts';
import type { GraphDocument } from '../backend.ts';
import type { TellDrift } from '../drift.ts';
import { maySurvive } from './fallback.ts';
import type { ErasedPartContext, Part } from './part.ts';

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
  /** Of event streams by upstream and path, where they may be opened again: what they go on behind. */
  readonly lastEventIds?: Map<string, string>;
}

/** The doors to the backends, opened for one part. */
export interface PartClients {
  readonly rest: object;
  readonly grpc: object;
  graph(document: GraphDocument<unknown, object>, variables?: object): Promise<unknown>;
  /** The events of a subscription; absent where nobody can subscribe. */
  subscribe?(document: GraphDocument<unknown, object>, variables?: object): AsyncIterable<unknown>;
}

export type OpenClients = (scope: PartScope) => PartClients;

/** The screen, as its parts see it. */
export interface PartHost {
  readonly clock: Clock;
  /** What the caller said, checked. */
  readonly input: unknown;
  /** The value of another part, for the one that uses it. */
  use(user: PartRun, name: string): Promise<unknown>;
  /** Called once for each part, when it settles. */
  onSettled(run: PartRun): void;
  readonly tellDrift?: TellDrift | undefined;
  readonly trace?: ScreenTrace | undefined;
}

/** Where the value of a part that is cached comes from and goes to. */
export interface PartKeeping {
  /** What is given in place of the function's value, once it is known. May throw. */
  keep(run: PartRun, value: unknown): unknown;
  /** An older value that may stand in for a failure, boxed. */
  stale(run: PartRun): { readonly value: unknown } | undefined;
}

/** How long a part's value may be kept by who is given it, and by whom. */
export interface Freshness {
  readonly shared: boolean;
  readonly leftMs: number;
}

export class PartRun implements PartScope {
  readonly name: string;
  readonly part: Part;
  readonly context: CallContext;
  /** Whether some of a graph's answer was missing. */
  partial = false;
  settled = false;
  /** Whether it has a value, once it is settled. */
  ok = false;
  /** The value as the function gave it. */
  value: unknown;
  /** What went wrong first: failure, timeout or cancellation. */
  reason: unknown;
  /** Whether it was stopped, by its own timeout or with its screen, rather than that it failed. */
  stopped = false;
  /** Where it is cached. */
  keeping: PartKeeping | undefined;
  /** `undefined` where nobody may keep it. */
  freshness: Freshness | undefined;
  /** How the value came, where not from the function. */
  from: 'cached' | 'stale' | undefined;
  readonly startedAt: number;
  durationMs = 0;

  readonly #host: PartHost;
  /** `undefined` where it is the screen's own. */
  readonly #cancellation: Cancellation | undefined;
  #used: Set<PartRun> | undefined;
  #raw: PromiseWithResolvers<unknown> | undefined;
  #disarm: (() => void) | undefined;
  #leftMs: number | undefined;
  #armedAt = 0;
  #waits = 0;

  /** `screen` carries the screen's cancellation and deadline. Nothing runs before `start`. */
  constructor(name: string, part: Part, screen: CallContext, host: PartHost) {
    this.name = name;
    this.part = part;
    this.#host = host;
    this.startedAt = host.clock.now();
    this.#leftMs = part.timeoutMs;
    const cancellation = part.timeoutMs === undefined ? undefined : new Cancellation();
    this.#cancellation = cancellation;
    if (part.shared === true) this.context = asNobody(screen, cancellation, part.priority);
    else if (!cancellation && part.priority === undefined) this.context = screen;
    else this.context = withCancellation(screen, cancellation ?? screen.cancellation, part.priority);
    // What it calls hangs below the part's own span.
    this.context = contextUnder(this.context);
  }

  /** The value as the function gave it, or why there is none. */
  get raw(): Promise<unknown> {
    if (!this.#raw) {
      this.#raw = Promise.withResolvers();
      // Whoever is interested attaches a handler of their own; a part that nobody awaits any more must not end the process.
      this.#raw.promise.catch(ignore);
      if (this.settled) this.#settleRaw(this.#raw);
    }
    return this.#raw.promise;
  }

  /** Calls the part's function, in the same turn. */
  start(clients: PartClients): void {
    if (this.settled) return;
    this.arm();
    let result: unknown;
    try {
      result = this.part.resolve(new PartDoor(this, clients, this.#host));
    } catch (thrown) {
      // All parts are started before any of them has failed.
      result = Promise.reject(thrown);
    }
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => this.#fulfil(value),
      (thrown) => this.fail(thrown),
    );
  }

  /** Its time begins, or goes on. */
  arm(): void {
    if (this.#leftMs === undefined || this.#disarm) return;
    const { clock } = this.#host;
    this.#armedAt = clock.now();
    this.#disarm = clock.after(this.#leftMs, () => {
      const detail = `part ${this.name} took longer than ${this.part.timeoutMs} ms`;
      this.cancel(new FrontdeskError('upstream_timeout', { detail }));
    });
  }

  succeed(value: unknown): void {
    if (this.settled) return;
    this.#end();
    this.ok = true;
    this.value = value;
    if (this.#raw) this.#settleRaw(this.#raw);
    this.#host.onSettled(this);
  }

  fail(reason: unknown): void {
    if (this.settled) return;
    const stale = this.keeping && maySurvive(reason) ? this.keeping.stale(this) : undefined;
    if (stale) {
      this.from = 'stale';
      this.succeed(stale.value);
      return;
    }
    this.#end();
    this.reason = reason;
    if (this.#raw) this.#settleRaw(this.#raw);
    this.#host.onSettled(this);
  }

  /** Stops whatever the function left running; a part that has not settled yet fails by it. */
  cancel(reason: Error): void {
    if (!this.settled) this.stopped = true;
    this.#cancellation?.cancel(reason);
    this.fail(reason);
  }

  /** Waits for another part; the own timeout stands still meanwhile. */
  async waitFor(other: PartRun): Promise<unknown> {
    this.#used ??= new Set();
    this.#used.add(other);
    if (other.settled) return other.raw;
    if (this.#waits++ === 0) this.#pause();
    const { trace, clock } = this.#host;
    const startedAt = trace ? clock.now() : 0;
    try {
      return await other.raw;
    } finally {
      trace?.waited(this.name, other.name, startedAt, clock.now());
      if (--this.#waits === 0 && !this.settled) this.arm();
    }
  }

  /** Whether it was made of a part some of which was missing. */
  get madeOfPartial(): boolean {
    for (const used of this.#used ?? []) if (used.partial || used.madeOfPartial) return true;
    return false;
  }

  /** Whether this part, or one that it waited for, ever, waited for `target`. */
  reaches(target: PartRun, seen = new Set<PartRun>()): boolean {
    if (this === target) return true;
    if (!this.#used || seen.has(this)) return false;
    seen.add(this);
    for (const used of this.#used) if (used.reaches(target, seen)) return true;
    return false;
  }

  remainingMs(): number | undefined {
    if (this.#leftMs === undefined || !this.#disarm) return this.#leftMs;
    const elapsedMs = this.#host.clock.now() - this.#armedAt;
    // The whole of it at first: attempts that are given one and the same limit share a timer.
    return elapsedMs < 1 ? this.#leftMs : Math.max(0, this.#leftMs - elapsedMs);
  }

  notePartial(): void {
    this.partial = true;
  }

  #fulfil(value: unknown): void {
    if (this.settled) return;
    const { check } = this.part;
    if (!check && !this.keeping) {
      this.succeed(value);
      return;
    }
    let given = value;
    try {
      if (check) given = check.read(given, this.#tellDrift());
      if (this.keeping) given = this.keeping.keep(this, given);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.succeed(given);
  }

  /** Of the whole part: its schema was made before it had a name. */
  #tellDrift(): TellDrift | undefined {
    const { tellDrift } = this.#host;
    return tellDrift && ((drift) => tellDrift({ ...drift, endpoint: `part ${this.name}` }));
  }

  #pause(): void {
    if (!this.#disarm || this.#leftMs === undefined) return;
    this.#leftMs = Math.max(0, this.#leftMs - (this.#host.clock.now() - this.#armedAt));
    this.#disarm();
    this.#disarm = undefined;
  }

  #end(): void {
    this.settled = true;
    this.durationMs = this.#host.clock.now() - this.startedAt;
    this.#pause();
  }

  #settleRaw({ resolve, reject }: PromiseWithResolvers<unknown>): void {
    if (this.ok) resolve(this.value);
    else reject(this.reason);
  }
}

/** What a part's function is given. Members are made as they are read. */
class PartDoor implements ErasedPartContext {
  readonly input: unknown;
  readonly #run: PartRun;
  readonly #clients: PartClients;
  readonly #host: PartHost;

  constructor(run: PartRun, clients: PartClients, host: PartHost) {
    this.input = host.input;
    this.#run = run;
    this.#clients = clients;
    this.#host = host;
  }

  get rest(): object {
    return this.#clients.rest;
  }

  get grpc(): object {
    return this.#clients.grpc;
  }

  get graph(): ErasedPartContext['graph'] {
    return (document, variables) => this.#clients.graph(document, variables);
  }

  get use(): ErasedPartContext['use'] {
    return (name) => this.#host.use(this.#run, name);
  }

  get identity(): ErasedPartContext['identity'] {
    const { context, part, name } = this.#run;
    if (part.shared === true) {
      throw new FrontdeskError('internal', {
        detail: `part ${name} is shared by all callers: it must not read identity`,
      });
    }
    if (!context.identity) throw new FrontdeskError('unauthenticated');
    return context.identity;
  }
}

/** The same exchange, to be stopped apart. */
export function withCancellation(
  context: CallContext,
  cancellation: Cancellation,
  priority: Priority | undefined = context.priority,
): CallContext {
  const { id, client, host, identity, deadline, timeline, trace } = context;
  return { id, client, host, identity, deadline, cancellation, timeline, trace, priority };
}

/** The same exchange, as nobody's: nothing of who asks, whence and under which name reaches a backend. */
function asNobody(
  context: CallContext,
  cancellation: Cancellation = context.cancellation,
  priority: Priority | undefined = context.priority,
): CallContext {
  const { id, deadline, timeline, trace } = context;
  const nobody = undefined;
  return {
    id,
    client: nobody,
    host: nobody,
    identity: nobody,
    deadline,
    cancellation,
    timeline,
    trace,
    priority,
  };
}

function ignore(): void {}
