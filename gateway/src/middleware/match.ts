/**
 * Finds the route by the canonical path and goes on with its chain: 404 where there is none, 405 with `Allow` where
 * another method would do (RFC 9110 §15.5.6), and an answer to `OPTIONS` where no route takes it itself.
 */
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Priority } from '../core/priority.ts';
import type { RouteTable } from '../router/route-table.ts';
import { preflightMethod } from './cors.ts';

/** What a matched route leads to. */
export interface MatchTarget {
  readonly kind: string;
  /** By which it waits its turn under load; `undefined` for what never has to. */
  readonly sheds?: Priority | undefined;
  readonly chain: Handler;
  /** Only where WebSockets are spoken: what answers a handshake, and each operation that comes over a socket. */
  readonly sockets?: { readonly upgrade: Handler; readonly operation: Handler } | undefined;
  /** Only where pages of other origins may call: what answers their preflights. */
  readonly preflight?: Handler | undefined;
  /** Only where there is a page for browsers on the same path: which requests want it, and what answers them. */
  readonly page?: { readonly wants: (exchange: Exchange) => boolean; readonly chain: Handler } | undefined;
}

export function match(table: RouteTable<MatchTarget>): Handler {
  return (exchange) => {
    if (exchange.method === 'OPTIONS') {
      const preflight = preflightFor(exchange, table);
      if (preflight) return preflight(exchange);
    }
    const found = table.match(exchange);
    if (found.kind === 'found') {
      const { value, template, params, tenant } = found;
      const chain = chainFor(exchange, value);
      if (!chain)
        return Promise.reject(new FrontdeskError('not_found', { detail: 'no WebSockets here any more' }));
      exchange.route = { template, params, kind: value.kind, chain, tenant };
      return chain(exchange);
    }
    const error = new FrontdeskError(found.kind === 'not_found' ? 'not_found' : 'method_not_allowed', {
      headers: found.kind === 'not_found' ? [] : [['allow', found.allow]],
    });
    exchange.body.discard(error);
    if (found.kind === 'method_not_allowed' && exchange.method === 'OPTIONS') {
      return Promise.resolve(makeReply(204, new HeaderFields(['allow', found.allow]), emptyBody));
    }
    return Promise.reject(error);
  };
}

/** A browser asks on behalf of a method: the route that takes that one knows which pages may come with it. */
function preflightFor(exchange: Exchange, table: RouteTable<MatchTarget>): Handler | undefined {
  const method = preflightMethod(exchange);
  if (method === undefined) return undefined;
  const { host, path, query, headers, client, statedTenant } = exchange;
  const found = table.match({ method, host, path, query, headers, client, statedTenant });
  if (found.kind !== 'found' || !found.value.preflight) return undefined;
  const { value, template, params, tenant } = found;
  exchange.route = { template, params, kind: value.kind, chain: found.value.preflight, tenant };
  return found.value.preflight;
}

function chainFor(exchange: Exchange, { chain, sockets, page }: MatchTarget): Handler | undefined {
  if (exchange.isOperation) return sockets?.operation;
  if (exchange.dispatch && sockets) return sockets.upgrade;
  return page?.wants(exchange) ? page.chain : chain;
}
