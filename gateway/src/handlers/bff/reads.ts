/**
 * The reads of one request: what two parts ask for alike is asked once, and single reads of one turn become a
 * read of the list where the endpoint says how. A read belongs to nobody: it goes on while one part waits for it,
 * and a part that gives up or times out takes nothing from the others.
 */
import DataLoader from 'dataloader';
import type { BatchRead } from '../../bff/backend.ts';
import { BackendStatusError } from '../../bff/backend-failure.ts';
import { type PartScope, withCancellation } from '../../bff/part-run.ts';
import { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { callJson } from './json-call.ts';

/** The most keys of one batch: a backend bounds its lists, and so do addresses. */
const MAX_BATCH = 100;
/** An attempt ends this much before its part does, so that the endpoint's breaker hears of it first. */
const ATTEMPT_MARGIN_MS = 5;

/** A read of one address. */
export interface Read {
  readonly upstream: string;
  /** Path and query. */
  readonly path: string;
  readonly template: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** How it may be read with others, and its own key among them. */
  readonly batch: { readonly how: BatchRead; readonly key: string } | undefined;
}

/** A read under way or done, and how many wait for it. */
class SharedRead {
  readonly read: Read;
  readonly context: CallContext;
  readonly label: string;
  readonly timeoutMs: number | undefined;
  readonly cancellation: Cancellation;
  answer: Promise<unknown> | undefined;
  #waiting = 0;
  #done = false;

  constructor(read: Read, opener: PartScope) {
    this.read = read;
    this.cancellation = new Cancellation();
    this.context = withCancellation(opener.context, this.cancellation);
    this.label = opener.name;
    this.timeoutMs = attemptMs(opener);
  }

  /** Waits along; when all who do are gone, the call is ended. */
  join(scope: PartScope): void {
    this.#waiting += 1;
    scope.context.cancellation.onCancel((reason) => {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#done) this.cancellation.cancel(reason);
    });
  }

  finish(): void {
    this.#done = true;
  }
}

export class RequestReads {
  readonly #callUpstream: CallUpstream;
  readonly #read: typeof callJson;
  readonly #reads = new Map<string, SharedRead>();
  readonly #loaders = new Map<string, DataLoader<SharedRead, unknown>>();

  /** `read`: what is made of a single read's answer; its JSON by default. */
  constructor(callUpstream: CallUpstream, read: typeof callJson = callJson) {
    this.#callUpstream = callUpstream;
    this.#read = read;
  }

  /** The answer to a read, shared with whoever asked alike. */
  async get(read: Read, scope: PartScope): Promise<unknown> {
    const key = `${read.upstream} ${read.path} ${read.headers ? JSON.stringify(read.headers) : ''}`;
    const known = this.#reads.get(key);
    const shared = known ?? this.#open(key, read, scope);
    shared.join(scope);
    try {
      return await shared.answer;
    } catch (error) {
      // Another part's shorter timeout ended it: with time of our own left, we ask ourselves.
      const oursEnded = scope.context.cancellation.cancelled;
      if (known && !oursEnded && error instanceof FrontdeskError && error.code === 'upstream_timeout') {
        return this.get(read, scope);
      }
      throw error;
    }
  }

  #open(key: string, read: Read, scope: PartScope): SharedRead {
    const shared = new SharedRead(read, scope);
    const { batch } = read;
    shared.answer = batch ? this.#loader(read, batch.how).load(shared) : this.#single(shared);
    this.#reads.set(key, shared);
    // Only answers are kept: who comes after a failure asks anew.
    shared.answer.then(
      () => shared.finish(),
      () => {
        shared.finish();
        if (this.#reads.get(key) === shared) this.#reads.delete(key);
      },
    );
    return shared;
  }

  #single(shared: SharedRead): Promise<unknown> {
    const { read, context, label, timeoutMs } = shared;
    const { upstream, path, template, headers } = read;
    const call = { upstream, context, method: 'GET', path, template, headers, label, timeoutMs };
    return this.#read(this.#callUpstream, { ...call, body: undefined, idempotent: undefined });
  }

  #loader(read: Read, how: BatchRead): DataLoader<SharedRead, unknown> {
    const key = `${read.upstream} ${read.template}`;
    let loader = this.#loaders.get(key);
    if (!loader) {
      loader = new DataLoader((shared) => this.#batch(shared, how), {
        cache: false,
        maxBatchSize: MAX_BATCH,
      });
      this.#loaders.set(key, loader);
    }
    return loader;
  }

  async #batch(all: readonly SharedRead[], how: BatchRead): Promise<unknown[]> {
    const [first] = all;
    if (!first) return [];
    if (all.length === 1) return [await this.#single(first)];
    const cancellation = new Cancellation();
    let live = all.length;
    for (const shared of all) {
      shared.cancellation.onCancel((reason) => {
        live -= 1;
        if (live === 0) cancellation.cancel(reason);
      });
    }
    const keys = all.map((shared) => shared.read.batch?.key ?? '');
    const { upstream, template } = first.read;
    const list = await callJson(this.#callUpstream, {
      upstream,
      context: withCancellation(first.context, cancellation),
      method: 'GET',
      path: `${how.path}?${encodeURIComponent(how.param)}=${keys.map(encodeURIComponent).join(',')}`,
      template: how.path,
      headers: undefined,
      body: undefined,
      idempotent: undefined,
      timeoutMs: longest(all.map((shared) => shared.timeoutMs)),
      label: [...new Set(all.map((shared) => shared.label))].join(','),
    });
    const items = itemsByKey(list, how, upstream);
    return keys.map((key) => items.get(key) ?? new BackendStatusError(upstream, `GET ${template}`, 404));
  }
}

/** How long one attempt may take for a part; `undefined` where only the upstream's own limit holds. */
export function attemptMs(scope: PartScope): number | undefined {
  const leftMs = scope.remainingMs();
  return leftMs === undefined ? undefined : Math.max(1, leftMs - ATTEMPT_MARGIN_MS);
}

function longest(limits: readonly (number | undefined)[]): number | undefined {
  let most = 0;
  for (const limit of limits) {
    if (limit === undefined) return undefined;
    most = Math.max(most, limit);
  }
  return most;
}

function itemsByKey(list: unknown, how: BatchRead, upstream: string): Map<string, unknown> {
  const items = how.items !== undefined && isRecord(list) ? list[how.items] : list;
  if (!Array.isArray(items)) {
    throw new FrontdeskError('upstream_invalid', { detail: `${upstream}: ${how.path} answered no list` });
  }
  const byKey = new Map<string, unknown>();
  for (const item of items) if (isRecord(item)) byKey.set(String(item[how.key]), item);
  return byKey;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
