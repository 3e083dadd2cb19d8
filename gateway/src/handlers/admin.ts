/**
 * What operators and probes ask: liveness, readiness, metrics, the state of upstreams, and revocations. Health is
 * open; everything else needs the admin token, or, where none is configured, a caller on this machine itself:
 * a loopback address, a loopback `Host` (against DNS rebinding) and no `Origin` (against pages in a browser).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { collect, emptyBody, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { durationMs } from '../settings/settings.ts';
import { type AdminSplits, decideSplit } from './admin-splits.ts';
import { type PurgeCaches, purgeRequest } from './cache-purge.ts';

/** Why this process should get no traffic; empty when it should. Asked on each probe, so it must be cheap. */
export type Readiness = () => readonly string[];

export interface AdminOptions {
  /** The secret of `admin.token`; `undefined` where none is configured. */
  readonly token: string | undefined;
  readonly readiness: Readiness;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Makes a token's id (or an API key's) invalid for `ttlMs`, on every worker. */
  readonly revoke: (jti: string, ttlMs: number) => Promise<void>;
  /** Upstreams, their endpoints and breakers, as plain data. */
  readonly upstreams: () => unknown;
  /** Where the upstreams' endpoints come from, as plain data. */
  readonly discovery: () => unknown;
  /** How splits stand, and the way to decide on them. */
  readonly splits: AdminSplits;
  /** The supergraph that serves, and what was wrong with those that do not, as plain data. */
  readonly supergraph: () => unknown;
  /** Drops what caches keep. */
  readonly purgeCaches: PurgeCaches;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
}

const MAX_BODY_BYTES = 16 * 1024;
const SPLIT_PATH = '/admin/splits/';
const DEFAULT_TTL_MS = 24 * 3_600_000;
const MAX_TTL_MS = 400 * 24 * 3_600_000;

/** `/healthz` and `/readyz`, for both ports; anything else is `not_found`. */
export function healthHandler(readiness: Readiness): Handler {
  return async (exchange) => {
    if (exchange.path !== '/healthz' && exchange.path !== '/readyz') throw new FrontdeskError('not_found');
    allow(exchange, ['GET', 'HEAD']);
    if (exchange.path === '/healthz') return json(exchange, 200, { status: 'ok' });
    const reasons = readiness();
    return reasons.length === 0
      ? json(exchange, 200, { status: 'ready' })
      : json(exchange, 503, { status: 'not ready', reasons });
  };
}

/** Everything of the admin port. */
export function adminHandler(options: AdminOptions): Handler {
  const health = healthHandler(options.readiness);
  const tokenDigest = options.token === undefined ? undefined : digest(options.token);
  const routes: Readonly<Record<string, Handler>> = {
    '/metrics': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      const text = await options.metrics.text();
      return reply(exchange, 200, options.metrics.contentType, text);
    },
    '/admin/upstreams': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return json(exchange, 200, options.upstreams());
    },
    '/admin/discovery': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return json(exchange, 200, options.discovery());
    },
    '/admin/splits': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return json(exchange, 200, options.splits.view());
    },
    '/admin/supergraph': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return json(exchange, 200, options.supergraph());
    },
    '/admin/revocations': (exchange) => revoke(exchange, options),
    '/admin/cache/purge': async (exchange) => {
      const request = purgeRequest(await postedJson(exchange));
      return json(exchange, 200, await options.purgeCaches(request));
    },
  };
  const known = new Map(Object.entries(routes));
  return async (exchange) => {
    if (exchange.path === '/healthz' || exchange.path === '/readyz') return health(exchange);
    authorize(exchange, tokenDigest);
    if (exchange.path.startsWith(SPLIT_PATH)) {
      const name = exchange.path.slice(SPLIT_PATH.length);
      return json(exchange, 200, decideSplit(options.splits, name, await postedJson(exchange)));
    }
    const handler = known.get(exchange.path);
    if (!handler) throw new FrontdeskError('not_found');
    return handler(exchange);
  };
}

function authorize(exchange: Exchange, tokenDigest: Buffer | undefined): void {
  if (tokenDigest === undefined) {
    if (!isLoopback(exchange.client.address)) {
      throw new FrontdeskError('forbidden', {
        detail: 'admin request from another machine, and no admin.token',
      });
    }
    if (!isLoopbackHost(exchange.host) || exchange.headers.has('origin')) {
      throw new FrontdeskError('forbidden', {
        detail: 'admin request through a name or a page, and no admin.token',
      });
    }
    return;
  }
  const given = exchange.headers.get('authorization') ?? '';
  const single = exchange.headers.count('authorization') === 1 && /^bearer /i.test(given);
  if (!single || !timingSafeEqual(digest(given.slice(7).trim()), tokenDigest)) {
    throw new FrontdeskError(given === '' ? 'unauthenticated' : 'invalid_credentials', {
      headers: [['www-authenticate', 'Bearer realm="frontdesk admin"']],
    });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 127.0.0.0/8 and ::1, also as an IPv4-mapped address. */
export function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}

function isLoopbackHost(host: string): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  return name.toLowerCase() === 'localhost' || isLoopback(name);
}

const revocation = z
  .strictObject({
    jti: z.string().min(1).max(256),
    expiresAt: z.union([z.int().positive(), z.iso.datetime({ offset: true })]).optional(),
    ttl: durationMs.optional(),
  })
  .refine((value) => value.expiresAt === undefined || value.ttl === undefined, {
    message: 'expected expiresAt or ttl, not both',
  });

/**
 * `POST /admin/revocations` with `{ jti, expiresAt | ttl }`: `expiresAt` is the token's own `exp` (seconds since the
 * epoch) or a date of RFC 3339, `ttl` a duration; a day where neither is given. Answers 204.
 */
async function revoke(exchange: Exchange, options: AdminOptions): Promise<Reply> {
  const parsed = revocation.safeParse(await postedJson(exchange));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new FrontdeskError('bad_request', { members: { reasons } });
  }
  const { jti, expiresAt, ttl } = parsed.data;
  const ttlMs = ttl ?? (expiresAt === undefined ? DEFAULT_TTL_MS : epochMs(expiresAt) - options.wall());
  // A token that has expired needs no revocation; saying so again and again must stay harmless.
  if (ttlMs > 0) await options.revoke(jti, Math.min(ttlMs, MAX_TTL_MS));
  return makeReply(204, new HeaderFields(), emptyBody);
}

async function postedJson(exchange: Exchange): Promise<unknown> {
  allow(exchange, ['POST']);
  if (!/^application\/json(?:;|$)/i.test(exchange.headers.get('content-type') ?? '')) {
    throw new FrontdeskError('unsupported_media_type');
  }
  return parseJson(
    await collect(exchange.body, MAX_BODY_BYTES, () => new FrontdeskError('payload_too_large')),
  );
}

function epochMs(expiresAt: number | string): number {
  return typeof expiresAt === 'number' ? expiresAt * 1_000 : Date.parse(expiresAt);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new FrontdeskError('bad_request', { members: { reasons: ['body: expected JSON'] } });
  }
}

function allow(exchange: Exchange, methods: readonly string[]): void {
  if (!methods.includes(exchange.method)) {
    throw new FrontdeskError('method_not_allowed', { headers: [['allow', methods.join(', ')]] });
  }
}

function json(exchange: Exchange, status: number, value: unknown): Reply {
  return reply(exchange, status, 'application/json', JSON.stringify(value));
}

function reply(exchange: Exchange, status: number, contentType: string, text: string): Reply {
  const body = new WholeBody(text);
  const headers = HeaderFields.of({
    'content-type': contentType,
    'content-length': String(body.length),
    'cache-control': 'no-store',
  });
  return makeReply(status, headers, exchange.method === 'HEAD' ? emptyBody : body);
}
