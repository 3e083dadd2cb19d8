/**
 * The store that processes share: one Redis connection. A Redis that is slow or dead costs each request
 * nothing: the first command that it leaves unanswered (see `ReplyWatch`) marks it gone, and calls are refused at once
 * until it answers a ping or a new connection is ready. No command is queued while there is no connection, and none is
 * sent twice. The URL may hold a password: neither it nor a command's arguments are ever logged.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { openServer } from './redis-client.ts';
import type { RedisPlace } from './redis-place.ts';
import { ReplyWatch } from './reply-watch.ts';
import { type BinaryStore, type Script, type ScriptStore, storeGone } from './store.ts';

/** A connection on which neither a ping nor the handshake is answered for this long is replaced. */
const SILENT_CONNECTION_MS = 1000;
const PROBE_AGAIN_MS = 100;
const READONLY_RECONNECT_MS = 1000;

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, credentials included; or where sentinels name the server. */
  readonly url: string | RedisPlace;
  /** A command is given up past this, by the rule of `ReplyWatch`. */
  readonly commandLimitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class RedisStore implements ScriptStore, BinaryStore {
  readonly #client: Redis;
  readonly #watch: ReplyWatch;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #gauge: (value: number) => void;
  #up = false;
  #closed = false;
  #lastError = 'not connected yet';
  #reported: boolean | undefined;
  #reconnectedAt = Number.NEGATIVE_INFINITY;
  #stopWatchdog: (() => void) | undefined;
  #firstVerdict = Promise.withResolvers<void>();

  constructor(options: RedisStoreOptions) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#gauge = options.meter.gauge({
      name: 'frontdesk_state_store_up',
      across: 'min',
      help: 'Whether the shared state store answers (1) or not (0)',
      labels: [],
    });
    this.#gauge(0);
    this.#watch = new ReplyWatch({
      limitMs: options.commandLimitMs,
      clock: options.clock,
      gone: () => storeGone('a command was not answered in time'),
      onGone: () => this.#commandLost(),
    });
    const { url } = options;
    this.#client = openServer(typeof url === 'string' ? { at: url } : url, 'frontdesk');
    this.#client.on('error', (error: Error) => this.#down(error.message));
    this.#client.on('connect', () => this.#expectLife());
    this.#client.on('ready', () => this.#ready());
    this.#client.on('close', () => this.#down('connection closed'));
    this.#client.connect().catch((error: Error) => this.#down(error.message));
  }

  get connected(): boolean {
    return this.#up;
  }

  settled(): Promise<void> {
    return this.#firstVerdict.promise;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#send(() => this.#client.get(key))) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#send(() => this.#client.set(key, value, 'PX', Math.max(1, Math.ceil(ttlMs))));
  }

  async delete(key: string): Promise<void> {
    await this.#send(() => this.#client.del(key));
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    const ttl = Math.max(1, Math.ceil(ttlMs));
    return (await this.#send(() => this.#client.set(key, value, 'PX', ttl, 'NX'))) === 'OK';
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#send(() => this.#client.evalsha(script.sha1, keys.length, ...keys, ...args));
    } catch (error) {
      // Redis forgets scripts on restart and SCRIPT FLUSH; the source both runs it and makes it known again.
      if (!replyStartsWith(error, 'NOSCRIPT')) throw error;
      return this.#send(() => this.#client.eval(script.source, keys.length, ...keys, ...args));
    }
  }

  async runBinary(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    try {
      return await this.#send(() =>
        this.#client.callBuffer('EVALSHA', script.sha1, keys.length, ...keys, ...args),
      );
    } catch (error) {
      if (!replyStartsWith(error, 'NOSCRIPT')) throw error;
      return this.#send(() => this.#client.callBuffer('EVAL', script.source, keys.length, ...keys, ...args));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#up = false;
    this.#lastError = 'closed';
    this.#stopWatchdog?.();
    this.#firstVerdict.resolve();
    const open = this.#client.status === 'ready' || this.#client.status === 'connect';
    const ended = Promise.withResolvers<void>();
    this.#client.once('end', ended.resolve);
    this.#client.disconnect();
    // Between connections no `end` comes; on a stalled one it comes when the socket is destroyed.
    if (open) await ended.promise;
  }

  async #send<T>(command: () => Promise<T>): Promise<T> {
    if (!this.#up) throw storeGone(this.#lastError);
    try {
      return await this.#watch.watch(command());
    } catch (error) {
      // After a failover the address may lead to the new primary; the old one would refuse writes for good.
      if (replyStartsWith(error, 'READONLY')) this.#reconnectForWrites();
      if (NO_CONNECTION.some((start) => replyStartsWith(error, start)))
        throw storeGone('the connection ended');
      throw error;
    }
  }

  #ready(): void {
    if (this.#closed) return;
    this.#stopWatchdog?.();
    this.#stopWatchdog = undefined;
    this.#up = true;
    this.#report(true);
  }

  #down(reason: string): void {
    this.#up = false;
    if (this.#closed) return;
    this.#lastError = reason;
    this.#report(false);
  }

  /** A command stayed unanswered on a live connection: calls are refused until a ping comes back. */
  #commandLost(): void {
    this.#down('a command was not answered in time');
    if (this.#client.status !== 'ready') return;
    this.#probe();
  }

  /** An answer brings calls back; an error (a script holds Redis) is life, but asks for another try. */
  #probe(): void {
    this.#expectLife();
    this.#client.ping().then(
      () => {
        if (this.#client.status === 'ready') this.#ready();
      },
      (error: Error) => {
        this.#down(error.message);
        if (this.#client.status !== 'ready' || this.#closed) return;
        this.#stopWatchdog?.();
        this.#stopWatchdog = this.#clock.after(PROBE_AGAIN_MS, () => this.#probe());
      },
    );
  }

  /** Replaces the connection unless it shows life (`#ready`) soon. */
  #expectLife(): void {
    this.#stopWatchdog?.();
    this.#stopWatchdog = this.#clock.after(SILENT_CONNECTION_MS, () => {
      this.#stopWatchdog = undefined;
      if (!this.#up && !this.#closed) this.#client.disconnect(true);
    });
  }

  #reconnectForWrites(): void {
    const now = this.#clock.now();
    if (now - this.#reconnectedAt < READONLY_RECONNECT_MS || this.#closed) return;
    this.#reconnectedAt = now;
    // Nothing more goes into a connection that is ending.
    this.#down('a read-only replica');
    this.#client.disconnect(true);
  }

  /** Speaks on the edges only. */
  #report(up: boolean): void {
    this.#firstVerdict.resolve();
    if (this.#reported === up) return;
    this.#reported = up;
    this.#gauge(up ? 1 : 0);
    if (up) this.#logger.info({}, 'the state store answers');
    else this.#logger.warn({ reason: this.#lastError }, 'the state store is gone');
  }
}

/** What the client says of a connection that ends: of what waited on it, and before it tells that it did. */
const NO_CONNECTION = [
  "Stream isn't writeable",
  'Connection is closed',
  'Reached the max retries per request',
];

function replyStartsWith(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}
