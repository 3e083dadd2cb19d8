/**
 * What a cache fetches, confirms and keeps. A fetch that others may join is a `Fill`: whoever asked first streams, the
 * others wait until the reply is kept whole, or until it is known that it will not be. Who leaves disturbs nobody.
 */

import type { Body } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import {
  type CacheStatus,
  type ForwardReason,
  formatCacheStatus,
} from '../../wire/http-cache/cache-status.ts';
import type { RequestDirectives } from '../../wire/http-cache/directives.ts';
import { currentAge, type Timing } from '../../wire/http-cache/freshness.ts';
import { isErrorStatus, maySurviveError, reuseOf } from '../../wire/http-cache/reuse.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import {
  askWhetherChanged,
  CONDITIONAL_FIELDS,
  confirms,
  describesSame,
} from '../../wire/http-cache/validation.ts';
import { UpstreamCall } from '../call.ts';
import { type Asked, answerFrom } from './answer.ts';
import { isBackendsError, isLeadersOwn, replaces } from './consequences.ts';
import { Fill } from './fill.ts';
import { isPartialGraphql } from './graphql-reply.ts';
import { Recording } from './recording.ts';
import type { SharedCache } from './shared-cache.ts';
import type { CacheKey } from './store.ts';
import {
  headToStore,
  hideCacheWords,
  isFor,
  refreshed,
  type StoredHead,
  type StoredReply,
  selectedBy,
  withBody,
} from './stored-reply.ts';

/** A request on its way through the cache. */
export interface Look {
  readonly call: UpstreamCall;
  readonly next: Next<UpstreamCall, UpstreamReply>;
  readonly asked: Asked;
  readonly asker: Asker;
  readonly directives: RequestDirectives;
  readonly key: CacheKey;
}

export interface Attempt {
  /** What is to be confirmed, where there is something. */
  readonly stored: StoredReply | undefined;
  readonly ticket: number;
  readonly reason: ForwardReason;
}

export class Fetching {
  readonly #cache: SharedCache;
  readonly #clock: Clock;

  constructor(cache: SharedCache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  alone(look: Look, attempt: Attempt): Promise<UpstreamReply> {
    return this.#send(look, attempt, undefined);
  }

  /** Joins the fetch of another, or begins one that others may join. */
  together(look: Look, attempt: Attempt, fillKey: string): Promise<UpstreamReply> {
    const { call } = look;
    const leader = call.context;
    if (leader.cancellation.cancelled) return this.alone(look, attempt);
    const running = this.#cache.fills.get(fillKey);
    if (running) return this.#follow(running, look, attempt);
    const fill = new Fill(this.#cache.fills, fillKey, look.key.uri);
    const waiting = fill.join(leader);
    call.context = fill.contextFor(leader, this.#clock);
    const head = Promise.withResolvers<UpstreamReply>();
    let left: Error | undefined;
    // Whoever leaves before the head came is told at once, though others may still wait for it.
    waiting.result.catch((error: unknown) => {
      left = toFrontdeskError(error);
      const { stored, reason } = attempt;
      // Its own deadline is over, while the fetch may go on for others.
      if (stored && isBackendsError(error) && this.#survives(look, stored))
        head.resolve(this.#answer(look, stored, { hit: true, forwarded: reason }));
      else head.reject(error);
    });
    this.#send(look, attempt, {
      fill,
      leave: (reason) => waiting.leave(reason),
      giveUp: (settled) => fill.giveUp(leader, settled),
    }).then(
      (reply) => {
        if (left) reply.body.discard(left);
        else head.resolve(reply);
      },
      (error: unknown) => {
        // Its own limits and rights are the leader's alone: the others ask for themselves.
        if (isLeadersOwn(error)) fill.finish(undefined);
        else fill.fail(error);
        head.reject(error);
      },
    );
    return head.promise;
  }

  async #follow(fill: Fill, look: Look, attempt: Attempt): Promise<UpstreamReply> {
    const { call, asked, asker } = look;
    const { timeline } = call.context;
    const span = timeline.begin(call.upstream, call.label, call.attempt);
    let stored: StoredReply | undefined;
    try {
      stored = await fill.join(call.context).result;
    } finally {
      timeline.end(span, stored ? 'collapsed' : 'not collapsed');
    }
    if (!stored || !isFor(stored, asker) || !selectedBy(stored, asked.headers))
      return this.alone(look, attempt);
    // RFC 9111 §4: collapsing is reuse, and needs the same leave. What must be confirmed is, by each.
    if (!this.#mayReuse(look, stored)) {
      this.#cache.passes(slotOf(look.key, stored));
      return this.alone(look, { ...attempt, stored, reason: 'stale' });
    }
    const { metrics, name } = this.#cache;
    metrics.requests(1, name, 'collapsed');
    metrics.servedBytes(stored.body.length, name);
    return this.#answer(look, stored, { forwarded: attempt.reason, collapsed: true });
  }

  async #send(look: Look, attempt: Attempt, led: Led | undefined): Promise<UpstreamReply> {
    const { call, next } = look;
    const { stored } = attempt;
    if (stored) call.headers = question(look.asked.headers, stored);
    const requestAt = this.#clock.wall();
    let reply: UpstreamReply;
    try {
      reply = await next(call);
    } catch (error) {
      if (stored && isBackendsError(error) && this.#survives(look, stored)) {
        return this.#standIn(look, attempt, stored, undefined, led);
      }
      throw error;
    }
    const timing = { requestAt, responseAt: this.#clock.wall() };
    if (!stored) return this.#take(look, attempt, reply, timing, led);
    if (reply.status === 304) return this.#confirm(look, attempt, stored, reply, timing, led);
    if (isErrorStatus(reply.status) && this.#survives(look, stored)) {
      reply.body.discard(
        new FrontdeskError('upstream_error', { detail: `status ${reply.status}, answered stale` }),
      );
      return this.#standIn(look, attempt, stored, reply.status, led);
    }
    return this.#take(look, attempt, reply, timing, led);
  }

  #mayReuse({ directives }: Look, { freshness, timing }: StoredReply): boolean {
    const reuse = reuseOf(freshness, currentAge(freshness, timing, this.#clock.wall()), directives);
    return reuse !== 'validate' && reuse !== 'validate-by-request';
  }

  /** An error never stands in for another. */
  #survives({ directives }: Look, { status, freshness, timing }: StoredReply): boolean {
    return (
      status < 500 &&
      maySurviveError(freshness, currentAge(freshness, timing, this.#clock.wall()), directives)
    );
  }

  #standIn(
    look: Look,
    { reason }: Attempt,
    stored: StoredReply,
    status: number | undefined,
    led: Led | undefined,
  ): UpstreamReply {
    led?.fill.finish(stored);
    this.#cache.metrics.requests(1, this.#cache.name, 'stale');
    return this.#answer(look, stored, { hit: true, forwarded: reason, forwardedStatus: status });
  }

  #confirm(
    look: Look,
    attempt: Attempt,
    stored: StoredReply,
    reply: UpstreamReply,
    timing: Timing,
    led: Led | undefined,
  ): UpstreamReply | Promise<UpstreamReply> {
    readOut(reply.body);
    const { key, asked, asker } = look;
    if (!confirms(reply.headers, stored.headers)) return this.#askAnew(look, attempt, led);
    const { metrics, name, rules } = this.#cache;
    const { reply: updated, mayKeep } = refreshed(stored, reply.headers, asked.headers, asker, timing, rules);
    if (mayKeep) this.#cache.put(slotOf(key, updated), key.uri, updated, attempt.ticket);
    else void this.#cache.purge({ kind: 'uri', uri: key.uri });
    led?.fill.finish(mayKeep ? updated : undefined);
    metrics.requests(1, name, 'revalidated');
    metrics.servedBytes(stored.body.length, name);
    return this.#answer(look, updated, {
      forwarded: attempt.reason,
      forwardedStatus: 304,
      stored: mayKeep,
    });
  }

  /** The confirmation was for something else: the same question, without conditions. */
  #askAnew(look: Look, attempt: Attempt, led: Led | undefined): Promise<UpstreamReply> {
    const call = new UpstreamCall(look.call);
    call.headers = unconditional(look.asked.headers);
    return this.#send({ ...look, call }, { ...attempt, stored: undefined }, led);
  }

  /** Hands a reply on, and keeps it where it may be. */
  #take(
    look: Look,
    attempt: Attempt,
    reply: UpstreamReply,
    timing: Timing,
    led: Led | undefined,
  ): UpstreamReply {
    const { asked, asker } = look;
    const { rules, config, metrics, name } = this.#cache;
    metrics.requests(1, name, 'miss');
    const head = headToStore(reply.status, reply.headers, asked.headers, asker, timing, rules);
    const { length } = reply.body;
    const isKept = head !== undefined && (length === undefined || length <= config.maxEntry);
    this.mark(reply.headers, {
      forwarded: attempt.reason,
      forwardedStatus: reply.status,
      stored: isKept,
    });
    if (isKept) return { ...reply, body: this.record(look, head, reply, attempt.ticket, led) };
    const { stored } = attempt;
    if (stored && replaces(reply.status, stored)) this.#cache.forget(slotOf(look.key, stored), stored);
    if (led) {
      this.#cache.passes(look.key.own ?? look.key.everybody);
      led.giveUp(reply.settled);
    }
    return reply;
  }

  record(
    look: Pick<Look, 'key' | 'call'>,
    head: StoredHead,
    reply: UpstreamReply,
    ticket: number,
    led: Led | undefined,
  ): Recording {
    const { key, call } = look;
    const recording = new Recording(reply.body, {
      maxBytes: this.#cache.config.maxEntry,
      onEnd: (bytes) => {
        if (!bytes || isPartialGraphql(call.path, reply.headers, bytes)) {
          led?.giveUp(reply.settled);
          return;
        }
        const stored = withBody(head, bytes);
        this.#cache.put(slotOf(key, stored), key.uri, stored, ticket);
        led?.fill.finish(stored);
      },
      onLeave: (reason) => {
        if (led) led.leave(reason);
        else recording.stop(reason);
      },
    });
    led?.fill.cancellation.onCancel((reason) => recording.stop(reason));
    return recording;
  }

  /** A HEAD is answered by the backend; what it says may refresh the stored reply, or end it (§4.3.5). */
  async head(look: Look, { stored, ticket, reason }: Attempt): Promise<UpstreamReply> {
    const { call, next, asked, asker, key } = look;
    const requestAt = this.#clock.wall();
    const reply = await next(call);
    this.#cache.metrics.requests(1, this.#cache.name, 'miss');
    if (stored && reply.status === 200) {
      const timing = { requestAt, responseAt: this.#clock.wall() };
      const update = describesSame(reply.headers, stored.headers, stored.body.length)
        ? refreshed(stored, reply.headers, asked.headers, asker, timing, this.#cache.rules)
        : undefined;
      if (update?.mayKeep) this.#cache.put(slotOf(key, update.reply), key.uri, update.reply, ticket);
      else void this.#cache.purge({ kind: 'uri', uri: key.uri });
    }
    this.mark(reply.headers, { forwarded: reason });
    return reply;
  }

  #answer({ asked }: Look, stored: StoredReply, status: CacheStatus): UpstreamReply {
    const now = this.#clock.wall();
    const age = currentAge(stored.freshness, stored.timing, now);
    const told = { ...status, ttl: stored.freshness.lifetimeS - age };
    const text = this.#cache.config.status ? formatCacheStatus(told) : undefined;
    return answerFrom(stored, asked, age, now, text);
  }

  /** Makes a backend's fields ready for a client. */
  mark(headers: HeaderFields, status: CacheStatus): void {
    hideCacheWords(headers);
    if (this.#cache.config.status) headers.append('cache-status', formatCacheStatus(status));
  }
}

/** The fill that a request leads. */
interface Led {
  readonly fill: Fill;
  leave(reason: Error): void;
  giveUp(settled: Promise<unknown>): void;
}

/** Reads what is not wanted and small: to break it off would cost the connection. */
function readOut(body: Body): void {
  body.start({ write: () => true, end() {}, fail() {} });
}

function slotOf({ own, everybody }: CacheKey, { audience }: StoredReply): string {
  return audience === 'identity' ? (own ?? everybody) : everybody;
}

function unconditional(headers: HeaderFields): HeaderFields {
  const fields = headers.clone();
  fields.filter((name) => !CONDITIONAL_FIELDS.includes(name));
  return fields;
}

function question(headers: HeaderFields, stored: StoredReply): HeaderFields {
  const fields = unconditional(headers);
  askWhetherChanged(fields, stored.headers);
  return fields;
}
