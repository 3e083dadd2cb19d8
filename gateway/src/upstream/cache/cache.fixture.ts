/** A cache's step over a backend that a test writes as a function, on a clock that it turns. */

import type { Body } from '../../core/body.ts';
import { emptyBody, WholeBody } from '../../core/body.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { Settlement } from '../../core/settlement.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { UpstreamCall } from '../call.ts';
import { text } from '../testing/harness.ts';
import { cache } from './cache.ts';
import { cacheConfig } from './config.ts';
import { MemoryStore } from './memory-store.ts';
import { cacheMetrics } from './metrics.ts';
import { SharedCache } from './shared-cache.ts';
import type { CacheStore } from './store.ts';

export type Backend = (call: UpstreamCall) => UpstreamReply | Promise<UpstreamReply>;

export interface Answered {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly text: string;
  /** What the cache says it did, without its name and times. */
  readonly did: string | undefined;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly identity?: Identity;
  readonly context?: CallContext;
  readonly body?: Body;
  readonly host?: string;
}

export function answer(
  headers: Record<string, string>,
  body: string | Body = 'body',
  status = 200,
): UpstreamReply {
  const settlement = new Settlement();
  const whole = typeof body === 'string' ? new WholeBody(body) : body;
  settlement.settle({ kind: 'complete', bytes: whole.length ?? 0 });
  return { status, headers: HeaderFields.of(headers), body: whole, settled: settlement.settled };
}

export function memoryStore(maxBytes = 1_000_000, maxVariants = 16): MemoryStore {
  return new MemoryStore({ maxBytes, maxVariants, onChange: () => {} });
}

export function cacheOver(settings: object, backend: Backend, store: CacheStore = memoryStore()) {
  const clock = new ManualClock();
  const config = cacheConfig.parse(settings);
  if (!config) throw new TypeError('no cache');
  const shared = new SharedCache({ name: 'catalog', config, store, clock, metrics: cacheMetrics(noMeter) });
  const policy = cache({
    cache: shared,
    clock,
    origins: { hosts: new Set(['backend.example']), basePaths: ['/base'] },
    credentialFields: [],
    ownFields: [],
  });
  const calls: UpstreamCall[] = [];
  const send = (path: string, ask: Ask = {}): Promise<UpstreamReply> => {
    const context = ask.context ?? { ...contextOn(clock, ask.identity), host: ask.host ?? 'api.example' };
    const call = new UpstreamCall({
      upstream: 'catalog',
      context,
      method: ask.method ?? 'GET',
      path,
      headers: HeaderFields.of(ask.headers ?? {}),
      body: ask.body ?? emptyBody,
    });
    return policy(call, async (sent) => {
      calls.push(sent);
      return backend(sent);
    });
  };
  const ask = async (path: string, options: Ask = {}): Promise<Answered> => {
    const reply = await send(path, options);
    const { status, headers } = reply;
    const said = headers.get('cache-status');
    return {
      status,
      headers,
      text: await text(reply),
      did: said?.replace(/^frontdesk;? ?/, '').replace(/; (?:fwd-status|ttl)=[^;]+/g, ''),
    };
  };
  return { ask, send, calls, clock, shared };
}
