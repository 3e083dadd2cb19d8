/** A request that may change something: what is stored of it is invalid once it has succeeded (RFC 9111 §4.4). */
import type { Clock } from '../../core/clock.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import type { UpstreamCall } from '../call.ts';
import { Fetching } from './fetching.ts';
import { invalidated, type Origins, sameOrigin } from './invalidation.ts';
import { cacheKey } from './key.ts';
import type { SharedCache } from './shared-cache.ts';
import { headToStore, hideCacheWords } from './stored-reply.ts';

export interface UnsafeOptions {
  readonly shared: SharedCache;
  readonly origins: Origins;
  readonly clock: Clock;
}

export async function unsafeCall(
  { shared, origins, clock }: UnsafeOptions,
  call: UpstreamCall,
  next: Next<UpstreamCall, UpstreamReply>,
  asker: Asker,
): Promise<UpstreamReply> {
  const { path, context, headers } = call;
  const requestAt = clock.wall();
  const reply = await next(call);
  const uris = invalidated(path, context.host, reply, origins);
  let ticket = 0;
  for (const uri of uris) ({ ticket } = await shared.invalidate(uri));
  // RFC 9110 §9.3.3: a POST's reply that says of itself that it is the resource answers the next GET.
  const isResource =
    call.method === 'POST' &&
    reply.status === 200 &&
    sameOrigin(reply.headers, 'content-location', path, context.host, origins) === path;
  const timing = { requestAt, responseAt: clock.wall() };
  const head = isResource ? headToStore(200, reply.headers, headers, asker, timing, shared.rules) : undefined;
  hideCacheWords(reply.headers);
  if (!head?.freshness.explicit) return reply;
  const key = cacheKey(path, context);
  return {
    ...reply,
    body: new Fetching(shared, clock).record({ key, call }, head, reply, ticket, undefined),
  };
}
