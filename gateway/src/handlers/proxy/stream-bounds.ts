/**
 * What bounds a proxied exchange that has no end of its own (a WebSocket, an event stream): how many its caller may
 * have, its lifetime, how long it may be quiet, the identity behind it, the reload that replaced its configuration,
 * and the gateway's own end. One for each snapshot.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { EndStream, OpenStreams } from '../../core/open-streams.ts';
import type { CallerCounts } from '../caller-counts.ts';
import type { IdentityWatch } from '../identity-watch.ts';

/**
 * What is held open: `socket` between a client and a backend, `stream` for a reply, `exchange` behind a POST, `live` a
 * BFF's live stream.
 */
export type HeldKind = 'socket' | 'stream' | 'exchange' | 'live';

/** Why something that was held open ended: the labels of a metric. */
export type EndReason =
  | 'client'
  | 'upstream'
  | 'upstream_error'
  | 'done'
  | 'idle'
  | 'lifetime'
  | 'credentials'
  | 'drain'
  | 'reload'
  | 'rate'
  | 'slow_consumer'
  | 'limit';

export interface HeldLimits {
  /** Without a word for so long, in milliseconds, it is ended; `undefined` where somebody else watches. */
  readonly idleMs: number | undefined;
  readonly lifetimeMs: number;
  /** Of one caller at a time on this route. */
  readonly maxPerCaller: number;
}

export interface Held {
  /** Something went through: it is not idle. */
  active(): void;
  /** It is over; the first reason counts. */
  release(reason: EndReason): void;
}

export interface StreamBoundsOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly watch: IdentityWatch;
  readonly counts: CallerCounts;
  /** Ended when the configuration was replaced long enough. */
  readonly generation: OpenStreams;
  /** Ended when the gateway drains. */
  readonly process: OpenStreams;
}

type Holder = Pick<CallContext, 'identity' | 'client'>;

export class StreamBounds {
  readonly #options: StreamBoundsOptions;
  readonly #gauge: Instrument;
  readonly #ends: Instrument;
  readonly #messages: Instrument;
  readonly #refusals: Instrument;
  readonly #open = new Map<string, number>();

  constructor(options: StreamBoundsOptions) {
    const { meter } = options;
    this.#options = options;
    this.#gauge = meter.gauge({
      name: 'frontdesk_proxy_streams',
      help: 'Open WebSockets, streamed replies and exchanges over a WebSocket, by route and kind',
      labels: ['route', 'kind'],
    });
    this.#ends = meter.counter({
      name: 'frontdesk_proxy_stream_ends_total',
      help: 'Ends of what was open, by route, kind and reason',
      labels: ['route', 'kind', 'reason'],
    });
    this.#messages = meter.counter({
      name: 'frontdesk_proxy_messages_total',
      help: 'Messages of WebSockets by route and the side that sent them: client or upstream',
      labels: ['route', 'from'],
    });
    this.#refusals = meter.counter({
      name: 'frontdesk_proxy_stream_refusals_total',
      help: 'Sockets and streams refused because their caller had as many as maxPerCaller, by route and kind',
      labels: ['route', 'kind'],
    });
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  countMessage(route: string, from: 'client' | 'upstream'): void {
    this.#messages(1, route, from);
  }

  /**
   * Holds one until it is released; `end` is called once at most, when a bound is reached, and must release it.
   * Throws `rate_limited` where the caller has too many.
   */
  hold(context: Holder, kind: HeldKind, route: string, limits: HeldLimits, end: EndStream): Held {
    const { clock, watch, counts, generation, process } = this.#options;
    const { identity, client } = context;
    const uncount = counts.add(identity, client?.address ?? '', limits.maxPerCaller, route);
    if (!uncount) {
      this.#refusals(1, route, kind);
      throw new FrontdeskError('rate_limited', {
        detail: 'too many sockets and streams of one caller',
        members: { reason: 'There are too many open streams.' },
      });
    }
    const releases = [
      uncount,
      generation.add(end),
      process.add(end),
      clock.after(limits.lifetimeMs, () => end(new FrontdeskError('stream_ended', { detail: 'lifetime' }))),
    ];
    if (identity) releases.push(watch.add(identity, () => end(new FrontdeskError('invalid_credentials'))));
    const idle = limits.idleMs === undefined ? undefined : new IdleWatch(clock, limits.idleMs, end);
    this.#change(route, kind, 1);
    let released = false;
    return {
      active: () => idle?.active(),
      release: (reason) => {
        if (released) return;
        released = true;
        idle?.stop();
        for (const release of releases) release();
        this.#change(route, kind, -1);
        this.#ends(1, route, kind, reason);
      },
    };
  }

  #change(route: string, kind: HeldKind, by: number): void {
    const key = `${kind} ${route}`;
    const open = (this.#open.get(key) ?? 0) + by;
    if (open > 0) this.#open.set(key, open);
    else this.#open.delete(key);
    this.#gauge(open, route, kind);
  }
}

/** One timer for as long as it is open, rather than one for each message. */
class IdleWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #end: EndStream;
  #activeAt: number;
  #disarm: () => void;

  constructor(clock: Clock, idleMs: number, end: EndStream) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#end = end;
    this.#activeAt = clock.now();
    this.#disarm = clock.after(idleMs, () => this.#look());
  }

  active(): void {
    this.#activeAt = this.#clock.now();
  }

  stop(): void {
    this.#disarm();
  }

  #look(): void {
    const leftMs = this.#activeAt + this.#idleMs - this.#clock.now();
    if (leftMs > 0) this.#disarm = this.#clock.after(leftMs, () => this.#look());
    else this.#end(new FrontdeskError('stream_ended', { detail: 'idle' }));
  }
}

/** Which bound was reached, by the reason that `end` was given. */
export function boundReached({ code, detail }: FrontdeskError): EndReason {
  if (code === 'draining') return 'drain';
  if (code === 'invalid_credentials') return 'credentials';
  if (detail === 'idle' || detail === 'lifetime') return detail;
  return 'reload';
}
