/**
 * One subscription at a subgraph and all who share it. Events are completed a few at once and delivered one after
 * another, in the order of the source, to everybody who is there.
 *
 * Invariants: each subscriber gets every event from its joining on, once, in order; nobody's leaving is felt by
 * another; with the last one gone the source is closed; what waits for a slow client is bounded.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { SourcesConfig } from './config.ts';
import type { Source, SourceEvent } from './source.ts';
import { Subscriber } from './subscriber.ts';

/** Why a subscription is over, as it is counted. */
export type EndReason = 'complete' | 'left' | 'slow' | 'failed' | 'closed';

export interface SharedSourceOptions {
  readonly config: SourcesConfig;
  readonly clock: Clock;
  /** Its cancellation is cancelled when nobody is left. */
  readonly context: CallContext;
  open(context: CallContext): Promise<Source>;
  /** An event as it is sent. Never rejects. */
  complete(event: SourceEvent): Promise<string>;
  /** Called once for each subscriber. */
  onEnd(reason: EndReason): void;
  /** Called once, when nobody may join any more. */
  onOver(): void;
  onFailure(error: FrontdeskError): void;
}

export class SharedSource {
  /** Resolves when the subgraph has accepted. */
  readonly opened: Promise<void>;
  readonly #options: SharedSourceOptions;
  readonly #subscribers = new Set<Subscriber>();
  #over = false;
  /** Events that are being completed or wait for their turn. */
  #pending = 0;
  #onTurn: (() => void) | undefined;
  #delivered: Promise<void> = Promise.resolve();

  constructor(options: SharedSourceOptions) {
    this.#options = options;
    this.opened = this.#open();
    // Those who wait for it are told; where all have left, nobody is.
    this.opened.catch(() => {});
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Whether one more may join. */
  get joinable(): boolean {
    return !this.#over && this.#subscribers.size < this.#options.config.sharers;
  }

  join(): Subscriber {
    const subscriber = new Subscriber(this.#options.config.queue, () => this.#leave(subscriber));
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  /** Ends it for everybody. */
  end(error: FrontdeskError): void {
    this.#finish('closed', error);
  }

  async #open(): Promise<void> {
    const { config, context, open } = this.#options;
    try {
      context.deadline.within(config.deadline);
      const source = await open(context);
      context.deadline.end();
      if (this.#over) source.close();
      else void this.#pump(source);
    } catch (thrown) {
      context.deadline.end();
      const error = toFrontdeskError(thrown);
      this.#finish('failed', error);
      throw error;
    }
  }

  async #pump(source: Source): Promise<void> {
    let failure: FrontdeskError | undefined;
    try {
      while (!this.#over) {
        if (this.#pending >= this.#options.config.eventsAtOnce) await this.#turn();
        const event = await source.next();
        if (!event) break;
        this.#pending += 1;
        this.#delivered = this.#deliver(this.#options.complete(event), this.#delivered);
      }
    } catch (thrown) {
      failure = toFrontdeskError(thrown);
    }
    source.close();
    await this.#delivered;
    this.#finish(failure ? 'failed' : 'complete', failure);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTurn = resolve;
    });
  }

  async #deliver(completing: Promise<string>, before: Promise<void>): Promise<void> {
    await before;
    const text = await completing;
    await this.#roomForOnly();
    for (const subscriber of this.#subscribers) {
      if (subscriber.full) this.#dismiss(subscriber, 'slow', new FrontdeskError('slow_consumer'));
      else subscriber.push(text);
    }
    this.#pending -= 1;
    const turn = this.#onTurn;
    this.#onTurn = undefined;
    turn?.();
  }

  /** An only client holds its source back, for a while; one of several would hold back the others. */
  async #roomForOnly(): Promise<void> {
    const [only] = this.#subscribers;
    if (this.#subscribers.size !== 1 || !only?.full) return;
    const { clock, config } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    only.onRoom(resolve);
    const disarm = clock.after(config.queue.slowAfter, resolve);
    await promise;
    disarm();
  }

  #leave(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#options.onEnd('left');
    this.#closeIfAlone();
  }

  #dismiss(subscriber: Subscriber, reason: EndReason, error: FrontdeskError | undefined): void {
    if (!this.#subscribers.delete(subscriber)) return;
    subscriber.end(error);
    this.#options.onEnd(reason);
    this.#closeIfAlone();
  }

  #closeIfAlone(): void {
    if (this.#subscribers.size > 0) return;
    this.#setOver();
    const reason = new FrontdeskError('client_closed', { detail: 'nobody is subscribed any more' });
    this.#options.context.cancellation.cancel(reason);
  }

  #finish(reason: EndReason, error: FrontdeskError | undefined): void {
    this.#setOver();
    if (error && this.#subscribers.size > 0) this.#options.onFailure(error);
    for (const subscriber of this.#subscribers) this.#dismiss(subscriber, reason, error);
    this.#closeIfAlone();
  }

  #setOver(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onOver();
  }
}
