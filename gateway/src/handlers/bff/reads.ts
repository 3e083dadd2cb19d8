/**
 * The reads of one request: what two parts ask for alike is asked once, and single reads of one turn become a
 * read of the list where the endpoint says how.
 */
import DataLoader from 'dataloader';
import type { BatchRead } from '../../bff/backend.ts';
import { BackendStatusError } from '../../bff/backend-failure.ts';
import { type PartScope, withCancellation } from '../../bff/screen/part-run.ts';
import { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { callJson } from './json-call.ts';
import { askerOf, attemptMs, RequestMemo, type SharedCall } from './request-memo.ts';

export { attemptMs };

/** The most keys of one batch: a backend bounds its lists, and so do addresses. */
const MAX_BATCH = 100;

/** A read of one address. */
export interface Read {
  readonly upstream: string;
  /** Path and query. */
  readonly path: string;
  readonly template: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** How it may be read with others, and its own key among them. */
  readonly batch: { readonly how: BatchRead; readonly key: string } | undefined;
  /** What is made of the answer; it may refuse it by throwing. Default: it is taken as it is. */
  readonly check?: ((answer: unknown) => unknown) | undefined;
}

/** One of the reads of a turn. */
interface BatchedRead {
  readonly read: Read;
  readonly call: SharedCall;
}

export class RequestReads {
  /** What else this request asks for is remembered beside its reads. */
  readonly memo: RequestMemo;
  readonly #callUpstream: CallUpstream;
  readonly #read: typeof callJson;
  /** Made by the first batch. */
  #loaders: Map<string, DataLoader<BatchedRead, unknown>> | undefined;

  /** `read`: what is made of a single read's answer; its JSON by default. */
  constructor(callUpstream: CallUpstream, read: typeof callJson = callJson, memo = new RequestMemo()) {
    this.#callUpstream = callUpstream;
    this.#read = read;
    this.memo = memo;
  }

  /** The answer to a read, shared with whoever asked alike. */
  get(read: Read, scope: PartScope): Promise<unknown> {
    const { upstream, path, headers, batch } = read;
    const key = `${upstream} ${path}${headers ? ` ${JSON.stringify(headers)}` : ''}`;
    return this.memo.share(key, scope, (call) =>
      batch ? this.#loader(read, batch.how, scope).load({ read, call }) : this.#single(read, call),
    );
  }

  async #single(read: Read, shared: SharedCall): Promise<unknown> {
    const { context, label, timeoutMs } = shared;
    const { upstream, path, template, headers, check } = read;
    const call = { upstream, context, method: 'GET', path, template, headers, label, timeoutMs };
    const answer = await this.#read(this.#callUpstream, { ...call, body: undefined, idempotent: undefined });
    return check ? check(answer) : answer;
  }

  #loader(read: Read, how: BatchRead, scope: PartScope): DataLoader<BatchedRead, unknown> {
    const key = `${askerOf(scope)}${read.upstream} ${read.template}`;
    this.#loaders ??= new Map();
    let loader = this.#loaders.get(key);
    if (!loader) {
      loader = new DataLoader((reads) => this.#batch(reads, how), {
        cache: false,
        maxBatchSize: MAX_BATCH,
      });
      this.#loaders.set(key, loader);
    }
    return loader;
  }

  async #batch(all: readonly BatchedRead[], how: BatchRead): Promise<unknown[]> {
    const [first] = all;
    if (!first) return [];
    if (all.length === 1) return [await this.#single(first.read, first.call)];
    const cancellation = new Cancellation();
    let live = all.length;
    for (const { call } of all) {
      call.cancellation.onCancel((reason) => {
        live -= 1;
        if (live === 0) cancellation.cancel(reason);
      });
    }
    const keys = all.map(({ read }) => read.batch?.key ?? '');
    const { upstream, template, check } = first.read;
    const list = await callJson(this.#callUpstream, {
      upstream,
      context: withCancellation(first.call.context, cancellation),
      method: 'GET',
      path: `${how.path}?${encodeURIComponent(how.param)}=${keys.map(encodeURIComponent).join(',')}`,
      template: how.path,
      headers: undefined,
      body: undefined,
      idempotent: undefined,
      timeoutMs: longest(all.map(({ call }) => call.timeoutMs)),
      label: [...new Set(all.map(({ call }) => call.label))].join(','),
    });
    const items = itemsByKey(list, how, upstream);
    return keys.map((key) => {
      if (!items.has(key)) return new BackendStatusError(upstream, `GET ${template}`, 404);
      return check ? checked(check, items.get(key)) : items.get(key);
    });
  }
}

/** One that is refused is its own reader's matter. */
function checked(check: (answer: unknown) => unknown, answer: unknown): unknown {
  try {
    return check(answer);
  } catch (error) {
    return error instanceof Error ? error : new FrontdeskError('upstream_invalid', { cause: error });
  }
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
