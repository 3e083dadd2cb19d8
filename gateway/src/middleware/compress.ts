/**
 * Codes replies as their clients accept it (RFC 9110 §8.4, §12.5.3). It stands next to the handler: caches below hold
 * replies as they are, and everything above sees them coded. What is coded already, must not be changed, is a part or too
 * small stays as it is; so does everything beyond what may be coded at once.
 */
import { WholeBody } from '../core/body.ts';
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Meter } from '../core/meter.ts';
import { preferredCoding } from '../wire/coding/accept-encoding.ts';
import { forgetBytes, isEncoded } from '../wire/coding/body-format.ts';
import { CodedBody, type Coding, codedBytes } from '../wire/coding/coded-body.ts';
import type { CompressSettings } from '../wire/coding/compress-config.ts';
import { appendVary } from '../wire/vary.ts';

export interface CompressOptions {
  readonly meter: Meter;
  /** Shared by all routes: coders hold up to half a megabyte each. */
  readonly room: CodingRoom;
}

/** How many replies are coded at once. */
export class CodingRoom {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** Returns what gives the place back, which may be called more than once; `undefined` where there is none left. */
  take(): (() => void) | undefined {
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#left += 1;
      isHeld = false;
    };
  }
}

/** Whole replies up to here are coded on the spot: handing them to another thread costs more than it spares. */
const AT_ONCE_BYTES = 32 * 1024;
/** And at levels up to these, a millisecond or so for as much: Brotli at 11 would hold everybody up for 76. */
const AT_ONCE_LEVELS: Readonly<Record<Coding, number>> = { gzip: 6, br: 5, zstd: 6 };
const EVENTS = 'text/event-stream';
/** Types whose receivers wait on each piece, not on the whole. */
const STREAMS: ReadonlySet<string> = new Set([
  EVENTS,
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json-seq',
  'multipart/mixed',
]);
/** Protocols of their own, which code each message themselves and count its bytes. */
const FRAMED: readonly string[] = ['application/grpc', 'application/connect+'];

/** `undefined` where nothing is coded. */
export function compress(
  settings: CompressSettings | undefined,
  { meter, room }: CompressOptions,
): Middleware | undefined {
  if (!settings) return undefined;
  const { codings, levels, minSize, flush } = settings;
  const isMeant = compileTypes(settings.types);
  const count = meter.counter({
    name: 'frontdesk_compressed_replies_total',
    help: 'Replies that clients would have coded, by coding; `busy` where too many were being coded',
    labels: ['coding'],
  });
  return async (exchange, next) => {
    const { headers, method } = exchange;
    const accept = headers.has('accept-encoding') ? headers.getAll('accept-encoding').join() : undefined;
    const known = headers.get('if-none-match');
    const mayLeak = !settings.crossSite && isOthersErrand(exchange);
    strengthen(headers);
    const reply = await next(exchange);
    if (reply.status === 304 && known !== undefined) confirmCoded(reply.headers, known);
    const type = typeOf(reply.headers);
    if (!isMeant(type) || isFixed(reply)) return reply;
    appendVary(reply.headers, 'Accept-Encoding');
    if (mayLeak) return reply;
    const length = method === 'HEAD' ? saidLength(reply.headers) : reply.body.length;
    if (length === 0 || (length !== undefined && length < minSize)) return reply;
    const coding = preferredCoding(accept, codings);
    if (!coding) return reply;
    if (method === 'HEAD') {
      describeCoded(reply.headers, coding);
      return reply;
    }
    const flushes = length === undefined && (flush || STREAMS.has(type));
    count(1, code(reply, { coding, level: levels[coding], flushes }, room) ? coding : 'busy');
    return reply;
  };
}

/** Changes the reply; false where there is no room. */
function code(
  reply: Reply,
  options: { readonly coding: Coding; readonly level: number; readonly flushes: boolean },
  room: CodingRoom,
): boolean {
  const { body } = reply;
  const { coding, level } = options;
  if (body instanceof WholeBody && body.length <= AT_ONCE_BYTES && level <= AT_ONCE_LEVELS[coding]) {
    const coded = codedBytes(body.bytes, coding, level);
    if (coded.length >= body.length) return true;
    reply.body = new WholeBody(coded);
  } else {
    const over = room.take();
    if (!over) return false;
    // A reply may be replaced further up and never settle; a body is ended or dropped all the same.
    reply.settlement.whenSettled(over);
    reply.body = new CodedBody(body, { ...options, over });
  }
  describeCoded(reply.headers, coding);
  return true;
}

function describeCoded(headers: HeaderFields, coding: Coding): void {
  forgetBytes(headers);
  headers.set('content-encoding', coding);
}

/**
 * A client that keeps what we coded knows it by the tag that we weakened: a strong one in a 304 would be of something else
 * (RFC 9111 §4.3.4).
 */
function confirmCoded(headers: HeaderFields, known: string): void {
  const etag = headers.get('etag');
  if (!etag?.startsWith('"')) return;
  const tags = known.split(',').map((tag) => tag.trim());
  if (!tags.includes(`W/${etag}`) || tags.includes(etag)) return;
  headers.set('etag', `W/${etag}`);
  appendVary(headers, 'Accept-Encoding');
}

/** Of a reply to HEAD: the length that the body of a GET would have. */
function saidLength(headers: HeaderFields): number | undefined {
  const length = headers.get('content-length');
  return length === undefined ? undefined : Number(length);
}

/** Whether a reply has no body of its own, is a part of one, coded already, or not to be changed. */
function isFixed({ status, headers }: Reply): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206 || status === 304) return true;
  if (isEncoded(headers) || headers.has('content-range')) return true;
  return headers.has('cache-control') && /no-transform/i.test(headers.getAll('cache-control').join());
}

/** Whether a page of another site made a browser ask, in the name of whoever is logged in here. */
function isOthersErrand({ headers, identity }: Exchange): boolean {
  if (headers.get('sec-fetch-site') !== 'cross-site') return false;
  return headers.has('cookie') || identity?.scheme === 'session';
}

/**
 * We weaken validators of what we code (RFC 9110 §8.8.1); a client that comes back with one means the strong one that the
 * backend gave, which alone counts for `If-Match`. Backends that compare texts for `If-None-Match` are offered both.
 */
function strengthen(headers: HeaderFields): void {
  const match = headers.get('if-match');
  if (match?.includes('W/"')) headers.set('if-match', match.replaceAll('W/"', '"'));
  const noneMatch = headers.get('if-none-match');
  if (noneMatch?.includes('W/"')) {
    headers.set('if-none-match', `${noneMatch}, ${noneMatch.replaceAll('W/"', '"')}`);
  }
}

function typeOf(headers: HeaderFields): string {
  const type = headers.get('content-type') ?? '';
  const semicolon = type.indexOf(';');
  return (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
}

function compileTypes(patterns: readonly string[]): (type: string) => boolean {
  const whole = new Set(patterns);
  const families = patterns.filter((one) => one.endsWith('/*')).map((one) => one.slice(0, -1));
  const suffixes = patterns.filter((one) => one.startsWith('*+')).map((one) => one.slice(1));
  return (type) => {
    if (FRAMED.some((start) => type.startsWith(start))) return false;
    if (whole.has(type)) return true;
    if (type === EVENTS) return false;
    return (
      families.some((family) => type.startsWith(family)) || suffixes.some((suffix) => type.endsWith(suffix))
    );
  };
}
