/**
 * Who the client is behind proxies that are trusted: the nearest hop that is none of them. A connection that comes from
 * anywhere else speaks for itself, whatever its fields say. What proxies say of scheme and host counts likewise. Where a
 * `Forwarded` cannot be read, its client is refused: taken for the proxy, it could choose to come from inside. The fields
 * themselves go with `hygiene`, and backends get them written anew.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { ClientInfo, Exchange, Middleware } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import {
  type ForwardedHop,
  forwardedForHops,
  forwardedHops,
  nearestElements,
} from '../wire/trust/forwarded-hops.ts';
import { compileTrust, type TrustedProxiesConfig, type Trusts } from '../wire/trust/trusted-proxies.ts';

export interface ClientAddressOptions {
  /** A host in canonical form, `undefined` for what is none. */
  readonly canonicalHost: (text: string) => string | undefined;
}

/** `undefined` where no proxy is trusted. */
export function clientAddress(
  config: TrustedProxiesConfig | undefined,
  { canonicalHost }: ClientAddressOptions,
): Middleware | undefined {
  if (!config) return undefined;
  const trusts = compileTrust(config);
  const read = config.header === 'forwarded' ? readForwarded : readXForwarded;
  return (exchange, next) => {
    const { client } = exchange;
    // An operation of a socket has the client of its handshake already.
    if (exchange.isOperation || !trusts(client.address)) return next(exchange);
    const way = read(exchange.headers);
    if (!way) return Promise.reject(refusal(exchange, 'a trusted proxy passed a malformed Forwarded on'));
    const { address, trail } = nearestStranger(client.address, way.hops, trusts, config.hops);
    const depth = trail.length - 1;
    exchange.client = {
      ...client,
      address,
      scheme: schemeOf(way.proto(depth)) ?? client.scheme,
      peer: client.address,
      // The proxy's own: it says nothing of the client.
      certificate: undefined,
      trail: trail.join(', '),
    };
    if (config.host) {
      const refused = takeHost(exchange, way.host(depth), canonicalHost);
      if (refused) return Promise.reject(refused);
    }
    return next(exchange);
  };
}

interface Way {
  /** The nearest first. */
  readonly hops: readonly ForwardedHop[];
  /** What was said where the client was taken over, `depth` proxies away. */
  proto(depth: number): string | undefined;
  host(depth: number): string | undefined;
}

function readXForwarded(headers: HeaderFields): Way {
  const said = (name: string, depth: number): string | undefined =>
    atDepth(nearestElements(headers.getAll(name)), depth);
  return {
    hops: forwardedForHops(headers.getAll('x-forwarded-for')),
    proto: (depth) => said('x-forwarded-proto', depth),
    host: (depth) => said('x-forwarded-host', depth),
  };
}

function readForwarded(headers: HeaderFields): Way | undefined {
  const hops = forwardedHops(headers.getAll('forwarded'));
  if (!hops) return undefined;
  return {
    hops,
    proto: (depth) => atDepth(hops, depth)?.proto,
    host: (depth) => atDepth(hops, depth)?.host,
  };
}

/** One value may stand for the whole way: the farthest within the proxies that are trusted. */
function atDepth<T>(nearestFirst: readonly T[], depth: number): T | undefined {
  return nearestFirst[Math.min(Math.max(depth, 1), nearestFirst.length) - 1];
}

/**
 * Goes back from proxy to proxy while they are trusted. Where one does not say from whom it has the request, it is
 * itself taken for the client. `trail`: the client and the proxies after it, as `X-Forwarded-For` lists them.
 */
function nearestStranger(
  peer: string,
  hops: readonly ForwardedHop[],
  trusts: Trusts,
  most: number,
): { address: string; trail: string[] } {
  const trail = [peer];
  let address = peer;
  for (const hop of hops) {
    if (hop.address === undefined || trail.length > most || !trusts(address)) break;
    address = hop.address;
    trail.unshift(address);
  }
  return { address, trail };
}

function schemeOf(proto: string | undefined): ClientInfo['scheme'] | undefined {
  switch (proto?.toLowerCase()) {
    case 'https':
    case 'wss':
      return 'https';
    case 'http':
    case 'ws':
      return 'http';
    default:
      return undefined;
  }
}

/** Routes are chosen by the host: one that cannot be read must not become the one that the proxy asked with. */
function takeHost(
  exchange: Exchange,
  said: string | undefined,
  canonicalHost: ClientAddressOptions['canonicalHost'],
): FrontdeskError | undefined {
  if (said === undefined) return undefined;
  const host = canonicalHost(said);
  if (host === undefined) {
    return refusal(exchange, 'a trusted proxy names a host that is none');
  }
  exchange.host = host;
  return undefined;
}

function refusal({ body }: Exchange, detail: string): FrontdeskError {
  const error = new FrontdeskError('bad_request', { detail });
  body.discard(error);
  return error;
}
