/**
 * The cache's step in the outbound chain. It stands after all header work, so that what it compares and asks by is what
 * is sent. Reads are answered from what is stored as RFC 9111 allows, by nobody's identity but the caller's own; unsafe
 * requests make invalid what they may have changed.
 */
import type { Clock } from '../../core/clock.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { type CacheStatus, formatCacheStatus } from '../../wire/http-cache/cache-status.ts';
import { requestDirectives } from '../../wire/http-cache/directives.ts';
import { currentAge } from '../../wire/http-cache/freshness.ts';
import { reuseOf } from '../../wire/http-cache/reuse.ts';
import { CONDITIONAL_FIELDS } from '../../wire/http-cache/validation.ts';
import { type Policy, UpstreamCall } from '../call.ts';
import { answerFrom, notCached } from './answer.ts';
import { makeAsker } from './asker.ts';
import { Fetching, type Look } from './fetching.ts';
import { backgroundContext } from './fill.ts';
import { isSafe, type Origins } from './invalidation.ts';
import { cacheKey, isPlainPath } from './key.ts';
import type { SharedCache } from './shared-cache.ts';
import type { Found } from './store.ts';
import { hideCacheWords, type StoredReply } from './stored-reply.ts';
import { unsafeCall } from './unsafe-call.ts';

export interface CacheOptions {
  readonly cache: SharedCache;
  readonly clock: Clock;
  readonly origins: Origins;
  /** Fields that carry a client's credentials, beside the usual ones. */
  readonly credentialFields: readonly string[];
  /** Fields by which the gateway proves itself, or who asks, to the upstream; lower case. */
  readonly ownFields: readonly string[];
}

type Rest = Next<UpstreamCall, UpstreamReply>;

export function cache(options: CacheOptions): Policy {
  const reader = new Reader(options);
  const { cache: shared, origins } = options;
  const askerOf = makeAsker(options.credentialFields, options.ownFields);
  return (call, next) => {
    const { method } = call;
    if (call.stream) return next(call).then(withoutCacheWords);
    if (method === 'GET' || method === 'HEAD') {
      return call.body.length === 0
        ? reader.read(call, next, askerOf(call))
        : next(call).then(withoutCacheWords);
    }
    if (isSafe(method) || isQueryByPost(call)) return next(call).then(withoutCacheWords);
    return unsafeCall({ shared, origins, clock: options.clock }, call, next, askerOf(call));
  };
}

/** What was said to caches alone stays inside, also where there is nothing to keep. */
function withoutCacheWords(reply: UpstreamReply): UpstreamReply {
  hideCacheWords(reply.headers);
  return reply;
}

/** A GraphQL query is a read, though it comes by POST. */
function isQueryByPost({ method, idempotent, headers }: UpstreamCall): boolean {
  return method === 'POST' && idempotent && !headers.has('idempotency-key');
}

class Reader {
  readonly #cache: SharedCache;
  readonly #clock: Clock;
  readonly #fetching: Fetching;
  readonly #honours: boolean;

  constructor({ cache: shared, clock }: CacheOptions) {
    this.#cache = shared;
    this.#clock = clock;
    this.#fetching = new Fetching(shared, clock);
    this.#honours = shared.config.clientDirectives === 'honour';
  }

  read(call: UpstreamCall, next: Rest, asker: Look['asker']): Promise<UpstreamReply> {
    const { headers, method, path } = call;
    const directives = this.#honours
      ? requestDirectives(joinedLines(call, 'cache-control'), headers.get('pragma'))
      : requestDirectives(undefined, undefined);
    if (directives.noStore || !isPlainPath(path)) return this.#pass(call, next);
    const key = cacheKey(path, call.context);
    const look: Look = { call, next, asked: { method, headers }, asker, directives, key };
    const found = this.#cache.store.find(key, headers, asker);
    return found instanceof Promise ? found.then((it) => this.#decide(look, it)) : this.#decide(look, found);
  }

  async #pass(call: UpstreamCall, next: Rest): Promise<UpstreamReply> {
    const { metrics, name, config } = this.#cache;
    metrics.requests(1, name, 'bypass');
    const reply = await next(call);
    hideCacheWords(reply.headers);
    if (config.status) reply.headers.append('cache-status', formatCacheStatus({ forwarded: 'bypass' }));
    return reply;
  }

  #decide(look: Look, found: Found): Promise<UpstreamReply> {
    const { directives } = look;
    const { reply } = found;
    if (!reply) {
      if (directives.onlyIfCached) return this.#notCached();
      return this.#fetch(look, found, undefined, found.others ? 'vary-miss' : 'uri-miss');
    }
    const now = this.#clock.wall();
    const age = currentAge(reply.freshness, reply.timing, now);
    const reuse = reuseOf(reply.freshness, age, directives);
    if (reuse === 'fresh' || reuse === 'stale') return this.#hit(look, reply, age, now, reuse === 'stale');
    if (reuse === 'stale-while-revalidate') {
      this.#refresh(look, found, reply);
      return this.#hit(look, reply, age, now, true);
    }
    if (directives.onlyIfCached) return this.#notCached();
    return this.#fetch(look, found, reply, reuse === 'validate' ? 'stale' : 'request');
  }

  #hit(
    { call, asked }: Look,
    stored: StoredReply,
    ageS: number,
    now: number,
    isStale: boolean,
  ): Promise<UpstreamReply> {
    const { metrics, name } = this.#cache;
    metrics.requests(1, name, isStale ? 'stale' : 'hit');
    metrics.servedBytes(stored.body.length, name);
    const { timeline } = call.context;
    timeline.end(timeline.begin(call.upstream, call.label, call.attempt), isStale ? 'stale' : 'cached');
    const status = this.#status({ hit: true, ttl: stored.freshness.lifetimeS - ageS });
    return Promise.resolve(answerFrom(stored, asked, ageS, now, status));
  }

  #notCached(): Promise<UpstreamReply> {
    this.#cache.metrics.requests(1, this.#cache.name, 'bypass');
    return Promise.resolve(notCached(this.#status({})));
  }

  #status(status: CacheStatus): string | undefined {
    return this.#cache.config.status ? formatCacheStatus(status) : undefined;
  }

  #fetch(
    look: Look,
    found: Found,
    stored: StoredReply | undefined,
    reason: 'uri-miss' | 'vary-miss' | 'stale' | 'request',
  ): Promise<UpstreamReply> {
    const { call, asked, asker, key } = look;
    const attempt = { stored, ticket: found.ticket, reason };
    if (call.method === 'HEAD') return this.#fetching.head(look, attempt);
    const slot = key.own ?? key.everybody;
    const isPlain = stored !== undefined || !CONDITIONAL_FIELDS.some((field) => asked.headers.has(field));
    // Who shows credentials of its own shares no fetch: what comes of it may be for nobody else.
    if (asker === 'credentials' || !isPlain || !this.#cache.mayCollapse(slot)) {
      return this.#fetching.alone(look, attempt);
    }
    return this.#fetching.together(look, attempt, this.#cache.fillKey(slot, asked.headers));
  }

  /** Has a reply confirmed that was given out stale: once, whoever was given it. */
  #refresh(look: Look, found: Found, stored: StoredReply): void {
    const { call, key, asked } = look;
    const fillKey = this.#cache.fillKey(key.own ?? key.everybody, asked.headers);
    if (call.method !== 'GET' || this.#cache.fills.has(fillKey)) return;
    const context = backgroundContext(call.context, this.#clock, this.#cache.config.refreshTimeout);
    const copy = new UpstreamCall(call);
    copy.context = context;
    copy.interim = undefined;
    const attempt = { stored, ticket: found.ticket, reason: 'stale' as const };
    const done = (): void => context.deadline.end();
    this.#fetching.together({ ...look, call: copy }, attempt, fillKey).then((reply) => {
      reply.body.start({ write: () => true, end: done, fail: done });
    }, done);
  }
}

function joinedLines({ headers }: UpstreamCall, name: string): string | undefined {
  if (!headers.has(name)) return undefined;
  return headers.count(name) === 1 ? headers.get(name) : headers.getAll(name).join(',');
}
