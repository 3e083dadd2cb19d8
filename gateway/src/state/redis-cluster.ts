/**
 * The store in a Redis Cluster. Each node is judged by itself: one that leaves a command unanswered is refused at once
 * (what lies in its slots falls back) until it answers a ping or its slots are another node's; the others go on. Nothing
 * is queued, nothing is sent twice; `MOVED` and `ASK` are followed.
 */
import type { Cluster } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { keySlot } from './key-slot.ts';
import { openCluster } from './redis-client.ts';
import type { RedisPlace } from './redis-place.ts';
import { ReplyWatch } from './reply-watch.ts';
import { type BinaryStore, type Script, type ScriptStore, storeGone } from './store.ts';

const PROBE_AGAIN_MS = 100;
/** Slots are asked for at most this often, however many commands fail. */
const REFRESH_AGAIN_MS = 100;
const MAX_LANES = 256;
/** Commands without keys go to any node. */
const ANY = '';

export interface ClusterStoreOptions {
  readonly place: RedisPlace;
  /** A command is given up past this, by the rule of `ReplyWatch`. */
  readonly commandLimitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** What is known of one node, by its address. */
interface Lane {
  readonly watch: ReplyWatch;
  isSilent: boolean;
}

export class ClusterStore implements ScriptStore, BinaryStore {
  readonly sharded = true;
  readonly #options: ClusterStoreOptions;
  readonly #client: Cluster;
  readonly #gauge: (value: number) => void;
  readonly #lanes = new Map<string, Lane>();
  readonly #firstVerdict = Promise.withResolvers<void>();
  #lastError = 'not connected yet';
  #reported: boolean | undefined;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: ClusterStoreOptions) {
    this.#options = options;
    this.#gauge = options.meter.gauge({
      name: 'frontdesk_state_store_up',
      across: 'min',
      help: 'Whether the shared state store answers (1) or not (0)',
      labels: [],
    });
    this.#gauge(0);
    const client = openCluster(options.place, 'frontdesk');
    this.#client = client;
    client.on('error', (error: Error) => this.#down(error.message));
    client.on('node error', (error: Error) => {
      this.#lastError = error.message;
    });
    client.on('ready', () => this.#report(true));
    client.on('close', () => this.#down('no node is left'));
    client.connect().catch((error: Error) => this.#down(error.message));
  }

  get connected(): boolean {
    return !this.#closed && this.#client.status === 'ready';
  }

  settled(): Promise<void> {
    return this.#firstVerdict.promise;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#send(key, () => this.#client.get(key))) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#send(key, () => this.#client.set(key, value, 'PX', Math.max(1, Math.ceil(ttlMs))));
  }

  async delete(key: string): Promise<void> {
    await this.#send(key, () => this.#client.del(key));
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    const ttl = Math.max(1, Math.ceil(ttlMs));
    return (await this.#send(key, () => this.#client.set(key, value, 'PX', ttl, 'NX'))) === 'OK';
  }

  /** All keys must lie in one slot. */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const { sha1, source } = script;
    try {
      return await this.#send(keys[0], () => this.#client.evalsha(sha1, keys.length, ...keys, ...args));
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#send(keys[0], () => this.#client.eval(source, keys.length, ...keys, ...args));
    }
  }

  async runBinary(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const call = (name: string, what: string) =>
      this.#send(keys[0], () => this.#client.callBuffer(name, what, keys.length, ...keys, ...args));
    try {
      return await call('EVALSHA', script.sha1);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return call('EVAL', script.source);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lastError = 'closed';
    this.#firstVerdict.resolve();
    const ended = Promise.withResolvers<void>();
    this.#client.once('end', ended.resolve);
    const wasOpen = this.#client.status !== 'end';
    this.#client.disconnect();
    if (wasOpen) await ended.promise;
  }

  async #send<T>(key: string | undefined, command: () => Promise<T>): Promise<T> {
    if (!this.connected) throw storeGone(this.#lastError);
    const lane = this.#lane(key === undefined ? ANY : (this.#client.slots[keySlot(key)]?.[0] ?? ANY));
    if (lane.isSilent) throw storeGone('a node does not answer');
    try {
      return await lane.watch.watch(command());
    } catch (error) {
      // Whoever has the slots now is asked for; what was not answered is not sent again.
      if (
        !(error instanceof Error) ||
        error.name !== 'ReplyError' ||
        error.message.startsWith('CLUSTERDOWN')
      ) {
        this.#refresh();
      }
      throw error;
    }
  }

  #lane(node: string): Lane {
    let lane = this.#lanes.get(node);
    if (!lane) {
      if (this.#lanes.size >= MAX_LANES) this.#lanes.clear();
      const { commandLimitMs, clock } = this.#options;
      const watch = new ReplyWatch({
        limitMs: commandLimitMs,
        clock,
        gone: () => storeGone('a command was not answered in time'),
        onGone: () => this.#silent(node),
      });
      lane = { watch, isSilent: false };
      this.#lanes.set(node, lane);
    }
    return lane;
  }

  #silent(node: string): void {
    const lane = this.#lanes.get(node);
    if (!lane || node === ANY || lane.isSilent) return;
    lane.isSilent = true;
    this.#options.logger.warn({ node }, 'a node of the state store does not answer');
    this.#probe(node, lane);
  }

  /** Until the node answers, or is nobody's any more. */
  #probe(node: string, lane: Lane): void {
    if (this.#closed) return;
    this.#refresh();
    const server = this.#client
      .nodes('master')
      .find(({ options }) => `${options.host}:${options.port}` === node);
    if (!server) {
      this.#lanes.delete(node);
      return;
    }
    let isAnswered = false;
    const alive = (): void => {
      isAnswered = true;
      if (!lane.isSilent) return;
      lane.isSilent = false;
      this.#options.logger.info({ node }, 'a node of the state store answers again');
    };
    server.ping().then(alive, () => {});
    this.#options.clock.after(PROBE_AGAIN_MS, () => {
      if (!isAnswered && this.#lanes.get(node) === lane) this.#probe(node, lane);
    });
  }

  #refresh(): void {
    const nowMs = this.#options.clock.now();
    if (this.#closed || nowMs - this.#refreshedAtMs < REFRESH_AGAIN_MS) return;
    this.#refreshedAtMs = nowMs;
    this.#client.refreshSlotsCache();
  }

  #down(reason: string): void {
    if (this.#closed) return;
    this.#lastError = reason;
    this.#report(false);
  }

  /** Speaks on the edges only. */
  #report(up: boolean): void {
    this.#firstVerdict.resolve();
    if (this.#reported === up) return;
    this.#reported = up;
    this.#gauge(up ? 1 : 0);
    if (up) this.#options.logger.info({}, 'the state store answers');
    else this.#options.logger.warn({ reason: this.#lastError }, 'the state store is gone');
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
