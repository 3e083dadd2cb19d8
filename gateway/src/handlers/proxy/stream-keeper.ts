/**
 * What bounds an answer that has no end of its own: its lifetime, how long it may be quiet, the identity behind it, the
 * reload that replaced its configuration, and the gateway's own end. One keeper for each graph route of a snapshot.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { EndStream, OpenStreams } from '../../core/open-streams.ts';
import type { ClientStreamsConfig } from '../../graph/stream-config.ts';
import type { CallerCounts } from '../caller-counts.ts';
import type { IdentityWatch } from '../identity-watch.ts';

export type StreamKind = 'websocket' | 'sse' | 'multipart' | 'operation';

export interface StreamKeeperOptions {
  readonly config: ClientStreamsConfig;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly watch: IdentityWatch;
  readonly counts: CallerCounts;
  /** Ended when the configuration was replaced long enough. */
  readonly generation: OpenStreams;
  /** Ended when the gateway drains. */
  readonly process: OpenStreams;
}

/** A stream that is kept. */
export interface Kept {
  /** There was a result: the stream is not idle. */
  active(): void;
  /** It is over. */
  release(): void;
}

export class StreamKeeper {
  readonly #options: StreamKeeperOptions;
  readonly #gauge: Instrument;
  readonly #open = new Map<StreamKind, number>();

  constructor(options: StreamKeeperOptions) {
    this.#options = options;
    this.#gauge = options.meter.gauge({
      name: 'frontdesk_graph_streams',
      help: 'Open sockets, streamed answers, and operations on sockets',
      labels: ['kind'],
    });
  }

  get config(): ClientStreamsConfig {
    return this.#options.config;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** A streamed answer over HTTP. Throws `rate_limited` where the caller has too many. */
  keepAnswer(kind: 'sse' | 'multipart', exchange: Exchange, end: EndStream): Kept {
    const { generation, process } = this.#options;
    const uncount = this.#count(exchange.identity, exchange);
    return this.#keep(kind, end, [
      uncount,
      generation.add(end),
      process.add(end),
      ...this.#bounds(exchange.identity, end),
    ]);
  }

  /** A socket whose client has said who it is. Throws `rate_limited` where the caller has too many. */
  keepSocket(exchange: Exchange, end: EndStream): Kept {
    const uncount = this.#count(exchange.identity, exchange);
    const { process } = this.#options;
    return this.#keep('websocket', end, [uncount, process.add(end), ...this.#bounds(exchange.identity, end)]);
  }

  /** An operation on a socket that answers with a stream: the socket has a keeper of its own. */
  keepOperation(end: EndStream): Kept {
    return this.#keep('operation', end, [this.#options.generation.add(end)]);
  }

  #count(identity: Identity | undefined, exchange: Exchange): () => void {
    const { counts, config } = this.#options;
    const uncount = counts.add(identity, exchange.client.address, config.connectionsPerIdentity);
    if (uncount) return uncount;
    throw new FrontdeskError('rate_limited', {
      detail: 'too many sockets and streams of one caller',
      members: { reason: 'There are too many open streams.' },
    });
  }

  #bounds(identity: Identity | undefined, end: EndStream): (() => void)[] {
    const { clock, config, watch } = this.#options;
    const bounds = [
      clock.after(config.lifetime, () => end(new FrontdeskError('stream_ended', { detail: 'lifetime' }))),
    ];
    if (identity) bounds.push(watch.add(identity, () => end(new FrontdeskError('invalid_credentials'))));
    return bounds;
  }

  #keep(kind: StreamKind, end: EndStream, releases: (() => void)[]): Kept {
    const { clock, config } = this.#options;
    const expire = (): void => end(new FrontdeskError('stream_ended', { detail: 'idle' }));
    const hasIdle = kind !== 'websocket';
    let disarm = hasIdle ? clock.after(config.idle, expire) : undefined;
    let released = false;
    this.#change(kind, 1);
    return {
      active() {
        if (released || !disarm) return;
        disarm();
        disarm = clock.after(config.idle, expire);
      },
      release: () => {
        if (released) return;
        released = true;
        disarm?.();
        for (const release of releases) release();
        this.#change(kind, -1);
      },
    };
  }

  #change(kind: StreamKind, by: number): void {
    const open = (this.#open.get(kind) ?? 0) + by;
    this.#open.set(kind, open);
    this.#gauge(open, kind);
  }
}
