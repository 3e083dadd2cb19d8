/**
 * What operators and probes ask: liveness, readiness, metrics, the state of upstreams, and revocations. Health is
 * open; everything else needs the admin token, or, where none is configured, a caller on this machine itself:
 * a loopback address, a loopback `Host` (against DNS rebinding) and no `Origin` (against pages in a browser).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler, Reply } from '../../core/exchange.ts';
import { isNavigation } from '../../wire/trust/fetch-metadata.ts';
import { type AdminBffs, answerBffs, BFFS_PATH } from './admin-bffs.ts';
import { type AdminConfig, answerConfig, CONFIG_PATH } from './admin-config.ts';
import { type AdminConsumers, CONSUMERS_PATH, consumersHandler } from './admin-consumers.ts';
import { type AdminFlows, FLOWS_PATH, flowsHandler } from './admin-flows.ts';
import { allow, answer, answerJson, postedJson, refused } from './admin-http.ts';
import { type AdminLogLevel, logLevelHandler } from './admin-log-level.ts';
import { type AdminRevocations, revocationsHandler } from './admin-revocations.ts';
import { type AdminSplits, decideSplit } from './admin-splits.ts';
import { type PurgeCaches, purgeRequest } from './cache-purge.ts';

/** Why this process should get no traffic; empty when it should. Asked on each probe, so it must be cheap. */
export type Readiness = () => readonly string[];

export interface AdminOptions {
  /** The secret of `admin.token`; `undefined` where none is configured. */
  readonly token: AdminToken;
  /** The configuration that serves, and the way to change it; `undefined` where another process is asked for it. */
  readonly configuration?: AdminConfig | undefined;
  readonly readiness: Readiness;
  /** Everything measured, in the format that `accept` names, or else in Prometheus' own. */
  readonly metrics: (
    accept: string | undefined,
  ) => Promise<{ readonly contentType: string; readonly text: string }>;
  /** How much the events' log tells. */
  readonly logLevel: AdminLogLevel;
  /** The same as plain data, for a process that answers for several. */
  readonly metricValues?: (() => Promise<readonly object[]>) | undefined;
  /** What is revoked, on every gateway. */
  readonly revocations: AdminRevocations;
  /** Who may ask, and with which keys. */
  readonly consumers: AdminConsumers;
  /** Upstreams, their endpoints and breakers, as plain data. */
  readonly upstreams: () => unknown;
  /** Where the upstreams' endpoints come from, as plain data. */
  readonly discovery: () => unknown;
  /** How splits stand, and the way to decide on them. */
  readonly splits: AdminSplits;
  readonly bffs: AdminBffs;
  /** The supergraph that serves, and what was wrong with those that do not, as plain data. */
  readonly supergraph: () => unknown;
  /** Runs of flows that have not ended. */
  readonly flows: AdminFlows;
  /** Drops what caches keep. */
  readonly purgeCaches: PurgeCaches;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** The page for people; `undefined` where it is off. */
  readonly page?: AdminPage | undefined;
}

/** A page for people at browsers, who cannot show a token as programs do. */
export interface AdminPage {
  /** Answers those who are nobody yet, such as at a login; `undefined` for what is not for them. */
  open(exchange: Exchange): Promise<Reply> | undefined;
  /** Whether a request without a token is of somebody who has logged in, and of a kind that this suffices for. */
  admits(exchange: Exchange): boolean;
  /** Answers who may ask; `undefined` for paths that are not the page's. */
  answer(exchange: Exchange): Promise<Reply | undefined>;
}

/** The secret of `admin.token`, or how it is known with each request; `undefined` where none is configured. */
export type AdminToken = string | undefined | (() => string | undefined);

const SPLIT_PATH = '/admin/splits/';

/** `/healthz` and `/readyz`, for both ports; anything else is `not_found`. */
export function healthHandler(readiness: Readiness): Handler {
  return async (exchange) => {
    if (exchange.path !== '/healthz' && exchange.path !== '/readyz') throw new FrontdeskError('not_found');
    allow(exchange, ['GET', 'HEAD']);
    if (exchange.path === '/healthz') return answerJson(exchange, 200, { status: 'ok' });
    const reasons = readiness();
    return reasons.length === 0
      ? answerJson(exchange, 200, { status: 'ready' })
      : answerJson(exchange, 503, { status: 'not ready', reasons });
  };
}

/** Everything of the admin port. */
export function adminHandler(options: AdminOptions): Handler {
  const health = healthHandler(options.readiness);
  const allowed = adminAuthorization(options.token, options.page);
  const routes: Readonly<Record<string, Handler>> = {
    '/metrics': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      const { contentType, text } = await options.metrics(exchange.headers.get('accept'));
      return answer(exchange, 200, contentType, text);
    },
    '/metrics/values': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, (await options.metricValues?.()) ?? []);
    },
    '/admin/upstreams': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, options.upstreams());
    },
    '/admin/discovery': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, options.discovery());
    },
    '/admin/splits': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, options.splits.view());
    },
    '/admin/supergraph': async (exchange) => {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, options.supergraph());
    },
    '/admin/workers': serveAlone,
    '/admin/workers/restart': serveAlone,
    '/admin/log-level': logLevelHandler(options.logLevel),
    '/admin/revocations': revocationsHandler(options.revocations, options.wall),
    '/admin/cache/purge': async (exchange) => {
      const request = purgeRequest(await postedJson(exchange));
      return answerJson(exchange, 200, await options.purgeCaches(request));
    },
  };
  const known = new Map(Object.entries(routes));
  const consumers = consumersHandler(options.consumers);
  const flows = flowsHandler(options.flows);
  return async (exchange) => {
    if (exchange.path === '/healthz' || exchange.path === '/readyz') return health(exchange);
    const open = options.page?.open(exchange);
    if (open) return open;
    allowed(exchange);
    const shown = await options.page?.answer(exchange);
    if (shown) return shown;
    if (exchange.path.startsWith(SPLIT_PATH)) {
      const name = exchange.path.slice(SPLIT_PATH.length);
      return answerJson(exchange, 200, await decideSplit(options.splits, name, await postedJson(exchange)));
    }
    if (exchange.path === CONFIG_PATH && options.configuration)
      return answerConfig(options.configuration, exchange);
    if (exchange.path === BFFS_PATH || exchange.path.startsWith(`${BFFS_PATH}/`))
      return answerBffs(options.bffs, exchange);
    if (exchange.path === CONSUMERS_PATH || exchange.path.startsWith(`${CONSUMERS_PATH}/`))
      return consumers(exchange);
    if (exchange.path === FLOWS_PATH || exchange.path.startsWith(`${FLOWS_PATH}/`)) return flows(exchange);
    const handler = known.get(exchange.path);
    if (!handler) throw new FrontdeskError('not_found');
    return handler(exchange);
  };
}

/** A process that keeps workers answers this itself. */
async function serveAlone(): Promise<never> {
  throw refused([
    'this gateway is one process, without workers (workers: 1): SIGUSR2 to it starts a successor, which takes its place',
  ]);
}

/** Throws for whoever is no operator. `token`: the secret of `admin.token`; `undefined` where none is configured. */
export function adminAuthorization(
  token: AdminToken,
  page: AdminPage | undefined,
): (exchange: Exchange) => void {
  if (typeof token !== 'function') {
    const only = token === undefined ? undefined : digest(token);
    return (exchange) => authorize(exchange, only, page);
  }
  return (exchange) => {
    const now = token();
    authorize(exchange, now === undefined ? undefined : digest(now), page);
  };
}

function authorize(exchange: Exchange, tokenDigest: Buffer | undefined, page: AdminPage | undefined): void {
  if (tokenDigest === undefined) {
    if (!isLoopback(exchange.client.address)) {
      throw new FrontdeskError('forbidden', {
        detail: 'admin request from another machine, and no admin.token',
      });
    }
    if (!isLoopbackHost(exchange.host) || isForeignPage(exchange, page !== undefined)) {
      throw new FrontdeskError('forbidden', {
        detail: 'admin request through a name or a page, and no admin.token',
      });
    }
    return;
  }
  if (page?.admits(exchange)) return;
  const given = exchange.headers.get('authorization') ?? '';
  const single = exchange.headers.count('authorization') === 1 && /^bearer /i.test(given);
  if (!single || !timingSafeEqual(digest(given.slice(7).trim()), tokenDigest)) {
    throw new FrontdeskError(given === '' ? 'unauthenticated' : 'invalid_credentials', {
      headers: [['www-authenticate', 'Bearer realm="frontdesk admin"']],
    });
  }
}

/** Whether another page than ours makes a browser ask. Without a page of ours, any. */
function isForeignPage({ headers, host, method }: Exchange, hasPage: boolean): boolean {
  const origin = headers.get('origin');
  if (origin !== undefined) {
    return !hasPage || headers.count('origin') > 1 || origin.toLowerCase() !== `http://${host.toLowerCase()}`;
  }
  const site = headers.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  // A link that somebody followed to here: what it shows, the page with the link cannot read.
  return method !== 'GET' || !isNavigation(headers);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 127.0.0.0/8 and ::1, also as an IPv4-mapped address. */
export function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' || (plain.startsWith('127.') && isIPv4(plain));
}

function isLoopbackHost(host: string): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  return name.toLowerCase() === 'localhost' || isLoopback(name);
}
