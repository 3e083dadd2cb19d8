/**
 * Channels over Redis' publish and subscribe. Subscribing has a connection of its own, made when somebody first does;
 * publishing goes by the store's. Redis keeps nothing for who is not there, so the promise is about gaps: as long as one
 * connection stands, every message came, in order; when it breaks, or leaves a ping unanswered, listeners are told
 * (`interrupted`), and again when messages come (`resumed`). A Redis that is silent, or that a network hides, is
 * noticed within about 750 ms; reconnecting waits half a second at most.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { ListenerTable } from './channel-listeners.ts';
import { ReplyWatch } from './reply-watch.ts';
import {
  type ChannelListener,
  defineScript,
  type OpenChannels,
  type ScriptStore,
  storeGone,
} from './store.ts';

const PREFIX = 'frontdesk:';
const PING_EVERY_MS = 250;
const PING_LIMIT_MS = 500;
/** After so long without a sign of life a connection is replaced. */
const SILENT_CONNECTION_MS = 1000;

/** In a script, so that a cluster runs it at any node: each tells all others. */
const PUBLISH = defineScript("return redis.call('PUBLISH', ARGV[1], ARGV[2])");

export interface RedisChannelsOptions {
  /**
   * A connection for subscriptions alone, not connected yet. It must reconnect by itself, and neither queue commands
   * nor resubscribe.
   */
  readonly open: () => Redis;
  /** By which messages are published. */
  readonly store: Pick<ScriptStore, 'run'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class RedisChannels implements OpenChannels {
  readonly #options: RedisChannelsOptions;
  readonly #listeners: ListenerTable;
  readonly #watch: ReplyWatch;
  #client: Redis | undefined;
  /** Subscribed on this connection, as Redis confirmed. */
  readonly #subscribed = new Set<string>();
  #hears = false;
  #refused = false;
  #closed = false;
  /** Counts connections: what an older one still answers is not heard. */
  #connection = 0;
  #stopPing: (() => void) | undefined;
  #stopWatchdog: (() => void) | undefined;

  constructor(options: RedisChannelsOptions) {
    this.#options = options;
    this.#listeners = new ListenerTable(options.logger);
    this.#watch = new ReplyWatch({
      limitMs: PING_LIMIT_MS,
      clock: options.clock,
      gone: () => storeGone('a ping was not answered in time'),
      onGone: () => this.#gap('no answer'),
    });
  }

  async publish(channel: string, message: string): Promise<void> {
    if (this.#closed) throw storeGone('closed');
    await this.#options.store.run(PUBLISH, [], [PREFIX + channel, message]);
  }

  subscribe(channel: string, listener: ChannelListener): () => void {
    if (this.#closed) return () => {};
    const isNew = !this.#listeners.has(channel);
    const end = this.#listeners.add(channel, listener);
    const client = this.#client ?? this.#open();
    if (isNew && client.status === 'ready') this.#ask(client, [channel]);
    // Where it is subscribed already, messages come as soon as the caller has what ends this.
    else
      queueMicrotask(() => this.#hears && this.#subscribed.has(channel) && this.#listeners.resume(channel));
    return () => {
      end();
      if (this.#listeners.has(channel) || !this.#subscribed.delete(channel)) return;
      // A connection that breaks meanwhile forgets its subscriptions anyway.
      if (client.status === 'ready') client.unsubscribe(PREFIX + channel).catch(() => {});
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#hears = false;
    this.#stopPing?.();
    this.#stopWatchdog?.();
    this.#listeners.clear();
    const client = this.#client;
    if (!client) return;
    const open = client.status === 'ready' || client.status === 'connect';
    const ended = Promise.withResolvers<void>();
    client.once('end', ended.resolve);
    client.disconnect();
    if (open) await ended.promise;
  }

  #open(): Redis {
    const client = this.#options.open();
    this.#client = client;
    client.on('error', (error: Error) => this.#gap(error.message));
    client.on('close', () => this.#gap('connection closed'));
    client.on('connect', () => this.#expectLife());
    client.on('ready', () => this.#ready(client));
    client.on('message', (channel: string, text: string) => {
      if (channel.startsWith(PREFIX)) this.#listeners.deliver(channel.slice(PREFIX.length), text);
    });
    client.connect().catch((error: Error) => this.#gap(error.message));
    return client;
  }

  #ready(client: Redis): void {
    if (this.#closed) return;
    this.#connection += 1;
    this.#subscribed.clear();
    const { channels } = this.#listeners;
    if (channels.length > 0) this.#ask(client, channels);
    this.#schedulePing(client, this.#connection);
  }

  #ask(client: Redis, channels: readonly string[]): void {
    const connection = this.#connection;
    const answer = client.subscribe(...channels.map((channel) => PREFIX + channel));
    answer.then(
      () => {
        if (connection !== this.#connection) return;
        for (const channel of channels) if (this.#listeners.has(channel)) this.#subscribed.add(channel);
        this.#alive();
      },
      (error: Error) => {
        if (connection !== this.#connection || client.status !== 'ready' || this.#closed) return;
        // An error reply, such as to a user without the right: the next connection may have it.
        if (!this.#refused)
          this.#options.logger.warn({ reason: error.message }, 'no messages between gateways');
        this.#refused = true;
        this.#gap(error.message);
        this.#expectLife();
      },
    );
    this.#watch.watch(answer).catch(() => {});
  }

  /** The connection answered: what was subscribed on it is heard, without a gap since. */
  #alive(): void {
    if (this.#closed) return;
    this.#stopWatchdog?.();
    this.#stopWatchdog = undefined;
    this.#refused = false;
    if (!this.#hears) this.#options.logger.info({}, 'messages between gateways come');
    this.#hears = true;
    for (const channel of this.#subscribed) this.#listeners.resume(channel);
  }

  #gap(reason: string): void {
    if (!this.#hears || this.#closed) return;
    this.#hears = false;
    this.#options.logger.warn({ reason }, 'messages between gateways may be missed');
    this.#listeners.interrupt();
    if (this.#client?.status === 'ready') this.#expectLife();
  }

  #schedulePing(client: Redis, connection: number): void {
    this.#stopPing?.();
    this.#stopPing = this.#options.clock.after(PING_EVERY_MS, () => {
      if (this.#closed || connection !== this.#connection) return;
      this.#schedulePing(client, connection);
      if (client.status !== 'ready') return;
      const answer = client.ping();
      // The connection may only have been slow: then nothing was missed, but who was told so asks for what came.
      answer.then(
        () => {
          const isSame = connection === this.#connection;
          if (isSame && !this.#hears && this.#subscribed.size > 0) this.#alive();
        },
        () => {},
      );
      this.#watch.watch(answer).catch(() => {});
    });
  }

  /** Replaces the connection unless it shows life soon. */
  #expectLife(): void {
    this.#stopWatchdog?.();
    this.#stopWatchdog = this.#options.clock.after(SILENT_CONNECTION_MS, () => {
      this.#stopWatchdog = undefined;
      if (!this.#hears && !this.#closed) this.#client?.disconnect(true);
    });
  }
}
