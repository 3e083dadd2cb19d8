/**
 * The state that several processes share and that outlives a configuration: revoked tokens, token buckets.
 * Kept in this process's memory or in Redis; whoever uses it must have an answer for the day it is gone.
 */
import { createHash } from 'node:crypto';
import { FrontdeskError } from '../core/errors.ts';

/** Keys and values with a lifetime. Every call rejects with `storeGone`'s error when the store does not answer. */
export interface StateStore {
  /** False while calls would be refused at once: readiness views and metrics read it. */
  readonly connected: boolean;
  /** Resolves once it is known whether the store is there, within about a second. A start waits for it. Never rejects. */
  settled(): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** Keeps `value` for `ttlMs` (≥ 1). */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Keeps `value` for `ttlMs` (≥ 1) unless there is one already. Whether it was added: true for one caller alone. */
  add(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Ends connections and timers; later calls reject. */
  close(): Promise<void>;
}

/** Short messages from one process to all of them, itself included. Nothing is kept for who is not there. */
export interface Channels {
  /** Rejects with `storeGone`'s error where nobody can be told. */
  publish(channel: string, message: string): Promise<void>;
  /** Returns what ends it. */
  subscribe(channel: string, listener: ChannelListener): () => void;
}

export interface ChannelListener {
  message(text: string): void;
  /** From now on messages come; those before may have been missed. Called at the start and after every gap. */
  resumed(): void;
  /** From now on messages may be missed, until `resumed`. Known within a second of a silent breach. */
  interrupted?(): void;
}

/** Channels and what they hold open. */
export interface OpenChannels extends Channels {
  /** Ends the connection; nobody hears anything any more. */
  close(): Promise<void>;
}

/** Work that Redis does in one piece. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, by which Redis remembers it. */
  readonly sha1: string;
}

/** A store that runs scripts, so that several processes may decide together: Redis. */
export interface ScriptStore extends StateStore {
  /** Whether all keys of one call must lie in one slot, that is, have the same hash tag (Redis Cluster). */
  readonly sharded?: boolean;
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
}

/** A store that takes and gives bytes as they are. */
export interface BinaryStore {
  /** Like `run`; texts of the reply come as buffers. */
  runBinary(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** A store that the primary process keeps, which answers more than keys and values. */
export interface PrimaryCalls {
  /** Both the argument and the answer are what JSON can say. Rejects when the primary is gone. */
  callPrimary(operation: string, argument: unknown): Promise<unknown>;
}

export function hasPrimaryCalls(store: StateStore): store is StateStore & PrimaryCalls {
  return 'callPrimary' in store && typeof store.callPrimary === 'function';
}

export function isScriptStore(store: StateStore): store is ScriptStore {
  return 'run' in store && typeof store.run === 'function';
}

export function defineScript(source: string): Script {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** The error of every call that the store did not answer. `detail` goes to the log. */
export function storeGone(detail: string, cause?: unknown): FrontdeskError {
  return new FrontdeskError('upstream_unavailable', {
    detail: `state store: ${detail}`,
    cause,
    retryAfterS: 1,
  });
}
