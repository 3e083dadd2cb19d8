/**
 * The REST passthrough: a matched request goes to an upstream under a rewritten path, and its reply comes back as it
 * is, streamed both ways. Redirects are never followed. What tells of the inside (server software, internal fields,
 * host names) stays inside.
 */
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import { isInsideField } from '../../wire/json/inside-fields.ts';
import type { JsonStripper } from '../../wire/json/json-strip.ts';
import { makeJsonStripper } from '../../wire/json/json-strip.ts';
import { stripReply } from '../../wire/strip-reply.ts';
import { cleanLocations, type LocationRules } from '../location.ts';
import { compileRestore, type PathRestore } from '../reshaping/path-restore.ts';
import { compileRewrite, type PathRewrite } from '../reshaping/path-rewrite.ts';
import {
  compileQueryRewrite,
  type QueryRewrite,
  type QueryRewriteConfig,
} from '../reshaping/query-rewrite.ts';

export interface ProxyOptions {
  readonly callUpstream: CallUpstream;
  readonly upstream: string;
  /** The route's path template, such as `/api/users/*`: the label in the timeline, and the way back of a rewrite. */
  readonly template: string;
  /** Where it goes: a path with `:name` and `*`; by default the path goes on unchanged. */
  readonly rewrite?: string;
  /** What happens to the query; it goes on as it came where not set. */
  readonly query?: QueryRewriteConfig | undefined;
  /** Limit of one attempt; by default the upstream's own. */
  readonly timeoutMs?: number | undefined;
  /** JSON members that this route's clients may not see. */
  readonly strip?: readonly string[];
  /** Largest reply from which members can be stripped; 10 MiB. */
  readonly maxStripBytes?: number;
  /** Hosts, beside the client's own, to which a backend may send clients by `Location`, `*` for all; none. */
  readonly redirectHosts?: readonly string[] | undefined;
  /** The way back of paths that the route's own rewrite cannot tell: through other routes of the upstream. */
  readonly elsewhere?: PathRestore | undefined;
}

const DEFAULT_MAX_STRIP_BYTES = 10 * 1024 * 1024;

const READING_FIELDS = ['accept-encoding', 'range', 'if-range'] as const;

export interface ProxyRoute {
  readonly options: ProxyOptions;
  readonly rewrite: PathRewrite | undefined;
  readonly query: QueryRewrite | undefined;
  readonly locations: LocationRules;
  readonly strip: JsonStripper | undefined;
}

/** Throws `RangeError` for a rewrite that is no path. */
export function proxyHandler(options: ProxyOptions): Handler {
  const proxy = makeProxy(options);
  return (exchange) => forward(proxy, exchange);
}

/** What is worked out once for a route. Throws `RangeError` for a rewrite that is no path. */
export function makeProxy(options: ProxyOptions): ProxyRoute {
  const { strip, rewrite, query, template } = options;
  // Only of a pattern's parameters is it known that each is a whole segment.
  const params = template.startsWith('~') ? 'pieces' : 'segments';
  const isPublic = compileRestore(template, template);
  return {
    options,
    rewrite: rewrite === undefined ? undefined : compileRewrite(rewrite, params),
    query: query && compileQueryRewrite(query),
    locations: {
      restore: compileRestore(template, rewrite),
      elsewhere: options.elsewhere,
      isPublic: (path) => isPublic(path) !== undefined,
      hosts: new Set(options.redirectHosts),
    },
    strip: strip && strip.length > 0 ? makeJsonStripper(strip) : undefined,
  };
}

async function forward(proxy: ProxyRoute, exchange: Exchange): Promise<Reply> {
  const { options, strip } = proxy;
  const { method, headers } = exchange;
  if ((method === 'GET' || method === 'HEAD') && exchange.body.length !== 0) {
    throw new FrontdeskError('bad_request', { detail: `a ${method} request with a body` });
  }
  if (strip) for (const name of READING_FIELDS) headers.delete(name);
  const { timeoutMs, upstream, template } = options;
  const answer = await options.callUpstream({
    upstream,
    context: exchange,
    method,
    path: pathOf(proxy, exchange),
    headers,
    body: exchange.body,
    label: template,
    interim: exchange.interim,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const reply = strip
    ? await stripReply(answer, strip, options.maxStripBytes ?? DEFAULT_MAX_STRIP_BYTES)
    : answer;
  cleanFields(proxy, exchange, reply);
  return makeReply(reply.status, reply.headers, reply.status === 204 ? emptied(reply) : reply.body);
}

/** Path and query as the backend gets them. */
export function pathOf(
  { rewrite, query: rewriteQuery }: ProxyRoute,
  { path, query, route }: Exchange,
): string {
  const sent = sentPath(rewrite, path, route);
  const sentQuery = rewriteQuery ? rewriteQuery(query, route?.params ?? {}) : query;
  return sentQuery === '' ? sent : `${sent}?${sentQuery}`;
}

function sentPath(rewrite: PathRewrite | undefined, path: string, route: Exchange['route']): string {
  return rewrite ? rewrite(path, route?.params ?? {}) : path;
}

/** 204 has no body (RFC 9110 §15.3.5), whatever the backend's parser made of it. */
function emptied(reply: UpstreamReply): typeof emptyBody {
  reply.body.discard(new FrontdeskError('upstream_invalid', { detail: 'a body with status 204' }));
  return emptyBody;
}

/** Takes out of a reply's fields what tells of the inside, in place. */
export function cleanFields(proxy: ProxyRoute, exchange: Exchange, { headers }: UpstreamReply): void {
  headers.filter(
    (name, value) =>
      !isInsideField(name) && !(name === 'set-cookie' && isForeignCookie(value, exchange.host)),
  );
  if (!headers.has('location') && !headers.has('content-location') && !headers.has('refresh')) return;
  cleanLocations(headers, proxy.locations, () => {
    const { host, path, route } = exchange;
    return { host, path, sent: sentPath(proxy.rewrite, path, route) };
  });
}

/** A cookie for a domain that is not the client's own host: a backend may not speak for others. */
function isForeignCookie(value: string, host: string): boolean {
  const domain = /;\s*domain\s*=\s*\.?([^;]*)/i.exec(value)?.[1]?.trim().toLowerCase();
  if (domain === undefined || domain === '') return false;
  const name = host.toLowerCase().replace(/:\d+$/, '');
  return name !== domain && !name.endsWith(`.${domain}`);
}
