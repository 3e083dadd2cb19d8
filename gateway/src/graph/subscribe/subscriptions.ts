/**
 * All subscriptions of one graph. Identical ones (same operation, variables, identity and forwarded fields) share one
 * at the subgraph and the completed events. They stay with the graph that they began with: another that takes
 * over has its own.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { DataObject } from '../execute/data.ts';
import type { Run, RunPlan } from '../execute/run.ts';
import { errorText, Refusal } from '../refusal.ts';
import type { GraphStream } from '../request.ts';
import { type SourcesConfig, subgraphConfig } from './config.ts';
import type { EventPlan } from './event.ts';
import { eventContext, sourceContext } from './event-context.ts';
import { type OpenSourceOptions, openSources } from './open-source.ts';
import { SharedSource } from './shared-source.ts';
import type { OpenSource, SourceEvent } from './source.ts';
import type { Subscriber } from './subscriber.ts';

/** What this file must know of a compiled operation: what completes an event. */
export interface Completes {
  readonly run: RunPlan | undefined;
}

export interface SubscriptionsOptions<C extends Completes> {
  readonly config: SourcesConfig;
  readonly open: OpenSource;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  /** The answer of a run that is through. */
  answer(compiled: C, run: Run): { readonly body: string; readonly errors: number };
}

/** What is subscribed to, and for whom. */
export interface Subscription<C extends Completes> {
  readonly compiled: C;
  readonly events: EventPlan;
  readonly variables: DataObject;
  readonly forwarded: readonly string[];
  readonly context: CallContext;
}

export class Subscriptions<C extends Completes> {
  readonly #options: SubscriptionsOptions<C>;
  readonly #sources = new Set<SharedSource>();
  readonly #shared = new Map<string, SharedSource>();
  readonly #numbers = new WeakMap<C, number>();
  #lastNumber = 0;
  #clients = 0;
  #closed = false;
  readonly #gauge: Instrument;
  readonly #countEvent: Instrument;
  readonly #countEnd: Instrument;

  constructor(options: SubscriptionsOptions<C>) {
    this.#options = options;
    const { meter } = options;
    this.#gauge = meter.gauge({
      name: 'frontdesk_graph_subscriptions',
      help: 'Subscriptions of clients, and those at subgraphs that they share',
      labels: ['side'],
    });
    this.#countEvent = meter.counter({
      name: 'frontdesk_graph_subscription_events_total',
      help: 'Events completed, by outcome: ok, partial (with errors)',
      labels: ['outcome'],
    });
    this.#countEnd = meter.counter({
      name: 'frontdesk_graph_subscriptions_ended_total',
      help: 'Subscriptions of clients that ended: complete, left, slow, failed (the source), closed (the graph)',
      labels: ['reason'],
    });
  }

  /** How many are open now: those of clients, and those at subgraphs. */
  get size(): { readonly clients: number; readonly sources: number } {
    return { clients: this.#clients, sources: this.#sources.size };
  }

  /**
   * Subscribes. Resolves once the subgraph has accepted; rejects with a `FrontdeskError` where it does not or there are
   * too many, and with the reason of the caller's cancellation.
   */
  async open(subscription: Subscription<C>): Promise<GraphStream> {
    const source = this.#sourceOf(subscription);
    const subscriber = source.join();
    this.#changeClients(1);
    const { cancellation } = subscription.context;
    const cancelled = Promise.withResolvers<never>();
    const stopListening = cancellation.onCancel((reason) => cancelled.reject(reason));
    try {
      await Promise.race([source.opened, cancelled.promise]);
    } catch (error) {
      await subscriber.return();
      throw error;
    } finally {
      stopListening();
    }
    this.#endWith(cancellation, subscriber);
    return { kind: 'subscription', payloads: subscriber };
  }

  /** Ends all. */
  close(): void {
    this.#closed = true;
    for (const source of this.#sources) source.end(new FrontdeskError('draining'));
  }

  /** Whoever asked is gone: so is the subscription, even where nobody says so. A deadline ends with the head. */
  #endWith(cancellation: CallContext['cancellation'], subscriber: Subscriber): void {
    const stopListening = cancellation.onCancel(() => void subscriber.return());
    subscriber.onOver(stopListening);
  }

  #sourceOf(subscription: Subscription<C>): SharedSource {
    const { config } = this.#options;
    if (this.#closed) throw new FrontdeskError('draining');
    const share = subgraphConfig(config, subscription.events.subgraph).share ?? config.share;
    const key = share ? this.#keyOf(subscription) : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key);
    if (known?.joinable) return known;
    if (this.#sources.size >= config.max) {
      throw new FrontdeskError('overloaded', { detail: 'graph.subscriptions.max are open', retryAfterS: 5 });
    }
    const source = this.#begin(subscription, share, () => {
      if (key !== undefined && this.#shared.get(key) === source) this.#shared.delete(key);
      this.#sources.delete(source);
      this.#gauge(this.#sources.size, 'subgraph');
    });
    this.#sources.add(source);
    if (key !== undefined) this.#shared.set(key, source);
    this.#gauge(this.#sources.size, 'subgraph');
    return source;
  }

  #begin(subscription: Subscription<C>, shared: boolean, onOver: () => void): SharedSource {
    const { config, clock, logger, open } = this.#options;
    const { events, variables, forwarded } = subscription;
    const context = sourceContext(subscription.context, shared, clock);
    const { subgraph } = events;
    return new SharedSource({
      config,
      clock,
      context,
      open: (under) => open(subgraph, { context: under, forwarded, body: events.request(variables) }),
      complete: (event) => this.#complete(subscription, context, event),
      onEnd: (reason) => {
        this.#changeClients(-1);
        this.#countEnd(1, reason);
      },
      onOver,
      onFailure: ({ code, detail }) =>
        logger.warn({ requestId: context.id, subgraph, code, detail }, 'a subscription ended with an error'),
    });
  }

  async #complete(
    { compiled, events, variables, forwarded }: Subscription<C>,
    source: CallContext,
    event: SourceEvent,
  ): Promise<string> {
    const { config, clock, logger, answer } = this.#options;
    const { context, end } = eventContext(source, config.deadline, clock);
    const run: Run = { context, forwarded, variables, data: {}, loose: [], failed: false, plain: true };
    try {
      events.take(run, event);
      await compiled.run?.(run);
      const { body, errors } = answer(compiled, run);
      this.#countEvent(1, errors > 0 ? 'partial' : 'ok');
      return body;
    } catch (thrown) {
      const error =
        thrown instanceof FrontdeskError ? thrown : new FrontdeskError('internal', { cause: thrown });
      logger.warn({ requestId: context.id, code: error.code, detail: error.detail }, 'an event was lost');
      this.#countEvent(1, 'partial');
      return errorText(error);
    } finally {
      end();
    }
  }

  #changeClients(by: number): void {
    this.#clients += by;
    this.#gauge(this.#clients, 'client');
  }

  /** All that may make a difference at a subgraph: nothing else of the client goes there. */
  #keyOf({ compiled, variables, forwarded, context }: Subscription<C>): string {
    let number = this.#numbers.get(compiled);
    if (number === undefined) {
      number = ++this.#lastNumber;
      this.#numbers.set(compiled, number);
    }
    return JSON.stringify([number, variables, forwarded, identityKey(context.identity)]);
  }
}

/** Whoever cannot take a stream is told how to ask for one. */
export function subscriptionRefusal(queryOnly: boolean): Refusal {
  const reason =
    'A subscription is answered by a stream: accept text/event-stream or multipart/mixed, or use a WebSocket.';
  return Refusal.of(
    new FrontdeskError(queryOnly ? 'method_not_allowed' : 'not_acceptable', { members: { reason } }),
  );
}

/** The subscriptions of a graph with these options. */
export function openSubscriptions<C extends Completes>(
  options: OpenSourceOptions & Pick<SubscriptionsOptions<C>, 'clock' | 'meter'>,
  answer: SubscriptionsOptions<C>['answer'],
): Subscriptions<C> {
  return new Subscriptions({ ...options, open: openSources(options), answer });
}

/** Claims of one token among others of the same person, which nobody at a subgraph makes anything of. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(['iat', 'exp', 'nbf', 'jti', 'auth_time']);

/**
 * Claims are part of it: two issuers may call different people by one subject, and policies, header rules and the calls
 * for an event's further fields go by any claim. So is what else was proved: subgraphs may be told by its token.
 */
function identityKey(identity: Identity | undefined): unknown {
  if (!identity) return null;
  const { subject, consumer, tenant, plan, scheme, keyId, roles, scopes, claims, also = [] } = identity;
  const names = Object.keys(claims).filter((name) => !OF_THE_TOKEN.has(name));
  const lasting = names.sort().map((name) => [name, claims[name]]);
  const who = [subject, consumer ?? null, tenant ?? null, plan ?? null, scheme, keyId ?? null];
  return [who, roles, [...scopes].sort(), lasting, also.map(identityKey)];
}
