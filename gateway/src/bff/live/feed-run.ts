/**
 * One feed of one live stream: opened, read as fast as it speaks, and opened again where it breaks. It tells its
 * listener and never throws.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Timeline } from '../../core/timeline.ts';
import { BackendStatusError } from '../backend-failure.ts';
import { type OpenClients, type PartClients, withCancellation } from '../screen/part-run.ts';
import type { ErasedFeedContext, ErasedGraphDoor, Feed } from './feed.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** A feed that was opened again and has not broken for so long is well, though it may have nothing to say. */
const WELL_AFTER_MS = 5_000;

/** Why feeds are left when the stream is over. */
const LEFT = new FrontdeskError('client_closed', { detail: 'the stream is over' });

export interface FeedListener {
  /** A new value, shaped. */
  value(name: string, value: unknown): void;
  /** It broke, and is opened again after `retryInMs`; `undefined`: never. */
  broke(name: string, failure: FrontdeskError, retryInMs: number | undefined): void;
  /** It is well again. `silent`: it has said nothing yet, and may have missed something. */
  healed(name: string, silent: boolean): void;
  /** It ended by itself: there is no more to tell. */
  ended(name: string): void;
}

export interface FeedRunOptions {
  readonly name: string;
  readonly feed: Feed;
  /** The exchange that asked, with the stream's cancellation. */
  readonly context: CallContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly input: Readonly<Record<string, unknown>>;
  /** Clients for one opening: what they remember does not outlive it. */
  readonly openClients: () => OpenClients;
  use(name: string): Promise<unknown>;
  /** The part's value so far. */
  current(): unknown;
  /** Settles when the first answer is there: nothing is told before. */
  readonly ready: Promise<unknown>;
  readonly listener: FeedListener;
}

export class FeedRun {
  readonly #options: FeedRunOptions;
  readonly #lastEventIds = new Map<string, string>();
  #stopped = false;
  #cancellation = new Cancellation();
  #failures = 0;
  #broken = false;
  #disarm: (() => void) | undefined;

  constructor(options: FeedRunOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#read();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#disarm?.();
    this.#cancellation.cancel(LEFT);
  }

  async #read(): Promise<void> {
    const { name, context, listener } = this.#options;
    const cancellation = new Cancellation();
    this.#cancellation = cancellation;
    const unlink = context.cancellation.onCancel((reason) => cancellation.cancel(reason));
    let iterator: AsyncIterator<unknown> | undefined;
    try {
      iterator = await unlessCancelled(this.#open(cancellation), cancellation);
      if (this.#broken) this.#healLater();
      for (;;) {
        const { value, done } = await unlessCancelled(iterator.next(), cancellation);
        if (done) break;
        await this.#options.ready;
        if (this.#stopped) return;
        this.#take(value);
      }
      await this.#options.ready;
      if (this.#stopped) return;
      if (this.#broken) this.#heal(false);
      listener.ended(name);
    } catch (thrown) {
      if (this.#stopped || context.cancellation.cancelled) return;
      cancellation.cancel(LEFT);
      this.#break(toFrontdeskError(thrown));
    } finally {
      unlink();
      // Its end may wait for what was just cancelled, or fail: nobody is interested.
      void Promise.resolve(iterator?.return?.()).catch(() => {});
    }
  }

  async #open(cancellation: Cancellation): Promise<AsyncIterator<unknown>> {
    const { name, feed, clock, context, input, openClients, use } = this.#options;
    const scoped: CallContext = {
      ...withCancellation(context, cancellation),
      deadline: new Deadline(clock, cancellation),
      timeline: new Timeline(() => clock.now()),
    };
    const clients = openClients()({
      name,
      context: scoped,
      remainingMs: () => undefined,
      notePartial() {},
      lastEventIds: this.#lastEventIds,
    });
    const { identity } = context;
    const opened: ErasedFeedContext = {
      rest: clients.rest,
      grpc: clients.grpc,
      graph: graphDoor(clients),
      use,
      input,
      get identity() {
        if (!identity) throw new FrontdeskError('unauthenticated');
        return identity;
      },
      get signal() {
        return cancellation.signal;
      },
    };
    const source = await feed.open(opened);
    if (isAsyncIterable(source)) return source[Symbol.asyncIterator]();
    throw new FrontdeskError('internal', { detail: `the feed of ${name} gave no async iterable` });
  }

  #take(raw: unknown): void {
    const { name, feed, listener, current } = this.#options;
    let value: unknown;
    try {
      value = feed.shape(raw, current());
    } catch (thrown) {
      // One message that its shape can't read; the next may be well.
      this.#broken = true;
      listener.broke(name, toFrontdeskError(thrown), 0);
      return;
    }
    if (this.#broken) this.#heal(false);
    if (value !== undefined) listener.value(name, value);
  }

  #healLater(): void {
    this.#disarm = this.#options.clock.after(WELL_AFTER_MS, () => this.#heal(true));
  }

  #heal(silent: boolean): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#broken = false;
    this.#failures = 0;
    this.#options.listener.healed(this.#options.name, silent);
  }

  #break(failure: FrontdeskError): void {
    const { name, feed, clock, random, listener } = this.#options;
    this.#disarm?.();
    this.#broken = true;
    if (feed.required || isFinal(failure)) {
      listener.broke(name, failure, undefined);
      return;
    }
    const ceilingMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    // Half of it by chance, so that many streams do not come back at once.
    const backoffMs = Math.round(ceilingMs * (0.5 + 0.5 * random()));
    this.#failures = Math.min(this.#failures + 1, 16);
    const retryInMs = Math.max(backoffMs, (failure.retryAfterS ?? 0) * 1000);
    this.#disarm = clock.after(retryInMs, () => {
      this.#disarm = undefined;
      void this.#read();
    });
    listener.broke(name, failure, retryInMs);
  }
}

/** What asking again would not change: the caller's own lack, or a backend that says the request is wrong. */
function isFinal(failure: FrontdeskError): boolean {
  if (failure instanceof BackendStatusError) {
    const { backendStatus: status } = failure;
    return status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
  return !failure.retryable;
}

/** As `promise`, or at once the reason of a cancellation: a source of a team's own making may hear of none. */
function unlessCancelled<T>(promise: Promise<T>, cancellation: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    // One listener for one wait: a race with a promise that lives as long as the stream would grow by each message.
    const unlisten = cancellation.onCancel(reject);
    promise.then(
      (value) => {
        unlisten();
        resolve(value);
      },
      (error) => {
        unlisten();
        reject(error);
      },
    );
  });
}

function graphDoor(clients: PartClients): ErasedGraphDoor {
  const query: Pick<PartClients, 'graph'>['graph'] = (document, variables) =>
    clients.graph(document, variables);
  return Object.assign(query, {
    subscribe: (document: Parameters<ErasedGraphDoor['subscribe']>[0], variables?: object) => {
      if (clients.subscribe) return clients.subscribe(document, variables);
      throw new FrontdeskError('internal', { detail: 'there is no graph to subscribe to' });
    },
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
