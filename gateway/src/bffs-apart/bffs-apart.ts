/**
 * BFFs that run in a process of their own: each is an upstream like any other, with a breaker, a bulkhead and a deadline of
 * its own. Who asks it is told by a signed identity token, as its bearer token; plain fields tell it nothing.
 */
import { type BffConfig, bffName, runsApart } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import type { Handler } from '../core/exchange.ts';
import { streamConfig } from '../handlers/proxy/proxy-stream-config.ts';
import { type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';

/** In which field its process is told how long the answer is of use. */
export const DEADLINE_FIELD = 'x-deadline-ms';
/** Its process has its own deadlines; this is for one that says nothing at all. */
const LONGEST_ATTEMPT = '10m';
const MOST_AT_ONCE = 256;

/** Where the process that the gateway runs for a BFF listens. */
export type SocketOf = (bff: BffConfig) => string;

/** The upstream by which a BFF is asked that runs apart. No configured name can be the same, for its colon. */
export function bffUpstream(bff: Pick<BffConfig, 'upstream' | 'name' | 'mount'>): string {
  return bff.upstream ?? `bff:${bffName(bff)}`;
}

/** The configuration with an upstream for each BFF that runs apart and names none. */
export function joinBffs(config: Config, socketOf: SocketOf): Config {
  const made: Record<string, UpstreamConfig> = {};
  for (const bff of config.bffs) {
    if (bff.upstream !== undefined || !runsApart(bff)) continue;
    const url = bff.url ?? `unix:${socketOf(bff)}`;
    made[bffUpstream(bff)] = upstreamConfig.parse({
      url,
      identityToken: { audience: bffName(bff), header: 'Authorization' },
      identityHeaders: false,
      forward: { deadline: DEADLINE_FIELD },
      timeout: { attempt: LONGEST_ATTEMPT, idle: '1m' },
      bulkhead: { maxInFlight: bff.concurrency ?? MOST_AT_ONCE, maxQueue: 0 },
      // It comes back as soon as it is there: whoever starts it again is quick.
      breaker: { openFor: '1s' },
      // What it answers with is its word: it has tried its own backends again already. And what broke it off is not sent to
      // the next one: it may be what broke the first.
      retry: { status: [], errors: ['connect', 'refused'] },
    });
  }
  return Object.keys(made).length === 0 ? config : { ...config, upstreams: { ...config.upstreams, ...made } };
}

/** Who asks for a stream gets one, without an end of its own; all else is held to the bounds of ordinary calls. */
export function apartHandler(ordinary: Handler, streamed: Handler): Handler {
  return (exchange) => (asksForStream(exchange.headers.get('accept')) ? streamed : ordinary)(exchange);
}

/** How its streams are bounded. */
export const BFF_STREAMS = streamConfig.parse(true);

function asksForStream(accept: string | undefined): boolean {
  return accept !== undefined && (accept.includes('text/event-stream') || accept.includes('multipart/mixed'));
}
