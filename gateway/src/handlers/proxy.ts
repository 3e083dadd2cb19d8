/**
 * The REST passthrough: a matched request goes to an upstream under a rewritten path, and its reply comes back as it
 * is, streamed both ways. Redirects are never followed. What tells of the inside (server software, internal fields,
 * host names) stays inside.
 */
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../core/upstream-call.ts';
import { isInsideField } from '../wire/inside-fields.ts';
import type { JsonStripper } from '../wire/json-strip.ts';
import { makeJsonStripper } from '../wire/json-strip.ts';
import { stripReply } from '../wire/strip-reply.ts';
import { compileRestore, compileRewrite, type PathRestore, type PathRewrite } from './path-rewrite.ts';
import { compileQueryRewrite, type QueryRewrite, type QueryRewriteConfig } from './query-rewrite.ts';

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
  /** Hosts, beside the client's own, to which a backend may send clients by `Location`; none. */
  readonly redirectHosts?: readonly string[];
}

const DEFAULT_MAX_STRIP_BYTES = 10 * 1024 * 1024;

const READING_FIELDS = ['accept-encoding', 'range', 'if-range'] as const;

export interface ProxyRoute {
  readonly options: ProxyOptions;
  readonly rewrite: PathRewrite | undefined;
  readonly query: QueryRewrite | undefined;
  readonly restore: PathRestore;
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
  return {
    options,
    rewrite: rewrite === undefined ? undefined : compileRewrite(rewrite, params),
    query: query && compileQueryRewrite(query),
    restore: compileRestore(template, rewrite),
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
  const sent = rewrite ? rewrite(path, route?.params ?? {}) : path;
  const sentQuery = rewriteQuery ? rewriteQuery(query, route?.params ?? {}) : query;
  return sentQuery === '' ? sent : `${sent}?${sentQuery}`;
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
  if (headers.has('location')) clean(headers, 'location', proxy, exchange);
  if (headers.has('content-location')) clean(headers, 'content-location', proxy, exchange);
}

/** A path becomes the one that clients know; another host's address goes, unless it is allowed. */
function clean(
  headers: HeaderFields,
  name: string,
  { restore, options }: ProxyRoute,
  { host }: Exchange,
): void {
  const value = headers.get(name) ?? '';
  if (value.startsWith('/') && !value.startsWith('//') && !value.startsWith('/\\')) {
    const end = value.search(/[?#]/);
    const path = end < 0 ? value : value.slice(0, end);
    headers.set(name, (restore(path) ?? path) + (end < 0 ? '' : value.slice(end)));
    return;
  }
  const isAbsolute = /^[A-Za-z][A-Za-z0-9+.-]*:|^[/\\]{2}/.test(value);
  if (!isAbsolute) return;
  const url = URL.canParse(value, 'http://relative.invalid')
    ? new URL(value, 'http://relative.invalid')
    : undefined;
  const allowed = url && (url.host === host || options.redirectHosts?.includes(url.host));
  if (!allowed || !/^https?:$/.test(url.protocol)) headers.delete(name);
}

/** A cookie for a domain that is not the client's own host: a backend may not speak for others. */
function isForeignCookie(value: string, host: string): boolean {
  const domain = /;\s*domain\s*=\s*\.?([^;]*)/i.exec(value)?.[1]?.trim().toLowerCase();
  if (domain === undefined || domain === '') return false;
  const name = host.toLowerCase().replace(/:\d+$/, '');
  return name !== domain && !name.endsWith(`.${domain}`);
}
