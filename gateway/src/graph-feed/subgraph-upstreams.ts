/**
 * Gives each subgraph an upstream. An entry under `upstreams` that says `subgraph: NAME` takes over the address
 * written in the supergraph, and with it gets its own targets, breaker, limits and credentials; every other
 * subgraph gets an upstream named `subgraph:NAME` with the defaults.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { UpstreamOf } from '../graph/execute/fetch.ts';
import type { Subgraph } from '../graph/supergraph/supergraph.ts';
import { targetsOf, type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';
import { isUnixUrl, parseEndpointUrl } from '../upstream/endpoints/endpoint-url.ts';

export interface SubgraphUpstreams {
  /** All upstreams: those that were configured and those made for subgraphs. */
  readonly configs: Readonly<Record<string, UpstreamConfig>>;
  readonly upstreamOf: UpstreamOf;
}

/**
 * `sent` names the fields that a subgraph without an entry of its own may receive (`graph.headers`);
 * an entry says so itself. Throws a `FrontdeskError('internal')` that names every entry which fits no subgraph, or fits one
 * twice.
 */
export function joinSubgraphs(
  configured: Readonly<Record<string, UpstreamConfig>>,
  subgraphs: readonly Subgraph[],
  sent: (subgraph: string) => readonly string[] = () => [],
): SubgraphUpstreams {
  const owners = ownersOf(configured, subgraphs);
  const configs: Record<string, UpstreamConfig> = { ...configured };
  const places = new Map<string, { readonly upstream: string; readonly path: string }>();
  const faults: string[] = [];
  for (const { name, url } of subgraphs) {
    const owner = owners.get(name);
    const own = owner === undefined ? undefined : configured[owner];
    if (owner !== undefined && own) {
      const { config, path } = own.split ? partedPath(own, configured, url) : splitPath(own, url);
      configs[owner] = config;
      places.set(name, { upstream: owner, path });
      continue;
    }
    const wrong = addressFault(name, url);
    if (wrong !== undefined) {
      faults.push(wrong);
      continue;
    }
    const { origin } = new URL(url);
    configs[`subgraph:${name}`] = upstreamConfig.parse({
      url: origin,
      forward: { fields: sent(name) },
      share: true,
    });
    places.set(name, { upstream: `subgraph:${name}`, path: pathOf(url) });
  }
  if (faults.length > 0) throw fault(faults.join('; '));
  return {
    configs,
    upstreamOf: (subgraph) => {
      const place = places.get(subgraph);
      if (!place) throw fault(`the plan names a subgraph ${subgraph} that the supergraph has not`);
      return place;
    },
  };
}

/** Why a subgraph cannot be reached at the URL that its supergraph states. */
function addressFault(name: string, url: string): string | undefined {
  if (url === '') return `subgraph ${name} has no address: neither in the supergraph nor under upstreams`;
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : NO_URL;
  if (protocol !== 'http:' && protocol !== 'https:') {
    return `the address of subgraph ${name} in the supergraph, "${url}", is no http:// or https:// URL`;
  }
  if (username === '' && password === '') return undefined;
  return `the address of subgraph ${name} in the supergraph holds credentials: they belong under upstreams`;
}

const NO_URL = { protocol: '', username: '', password: '' };

function ownersOf(
  configured: Readonly<Record<string, UpstreamConfig>>,
  subgraphs: readonly Subgraph[],
): Map<string, string> {
  const known = new Set(subgraphs.map(({ name }) => name));
  const owners = new Map<string, string>();
  const faults: string[] = [];
  for (const [upstream, { subgraph }] of Object.entries(configured)) {
    if (subgraph === undefined) continue;
    const other = owners.get(subgraph);
    if (!known.has(subgraph)) {
      faults.push(
        `upstreams.${upstream}.subgraph: the supergraph has no ${subgraph}; it has ${[...known].join(', ')}`,
      );
    } else if (other !== undefined) {
      faults.push(`upstreams.${upstream}.subgraph: ${subgraph} is taken over by upstreams.${other} already`);
    } else owners.set(subgraph, upstream);
  }
  if (faults.length > 0) throw fault(faults.join('; '));
  return owners;
}

/**
 * A path in the entry's own address is the subgraph's path; without one it is the supergraph's. Targets whose paths
 * differ keep them as they are.
 */
function splitPath(config: UpstreamConfig, supergraphUrl: string): { config: UpstreamConfig; path: string } {
  const { dns } = config.discover ?? {};
  if (config.discover && dns && pathOf(dns.url) !== '/') {
    const discover = { ...config.discover, dns: { ...dns, url: new URL(dns.url).origin } };
    return { config: { ...config, discover }, path: pathOf(dns.url) };
  }
  // What else is discovered has no path of its own here: a base path is put before this one.
  if (config.discover) return { config, path: URL.canParse(supergraphUrl) ? pathOf(supergraphUrl) : '/' };
  const targets = targetsOf(config);
  const paths = new Set(targets.map((target) => basePathOf(target.url)));
  const [path = '/'] = paths;
  if (path === '/' && paths.size === 1) {
    return { config, path: URL.canParse(supergraphUrl) ? pathOf(supergraphUrl) : '/' };
  }
  if (paths.size > 1) return { config, path: '/' };
  const { url: _, ...rest } = config;
  const origins = targets.map(({ url, weight }) => ({ url: withoutBasePath(url), weight }));
  return { config: { ...rest, targets: origins }, path };
}

/** Where all sides of a split state a path they keep it, and nothing is put after it. */
function partedPath(
  config: UpstreamConfig,
  configured: Readonly<Record<string, UpstreamConfig>>,
  supergraphUrl: string,
): { config: UpstreamConfig; path: string } {
  const targets = Object.values(config.split?.sides ?? {}).map(({ upstream }) => {
    const side = configured[upstream];
    return side ? targetsOf(side) : [];
  });
  const statePaths = targets.every((of) => of.length > 0 && of.every(({ url }) => basePathOf(url) !== '/'));
  if (statePaths) return { config, path: '' };
  return { config, path: URL.canParse(supergraphUrl) ? pathOf(supergraphUrl) : '/' };
}

function basePathOf(url: string): string {
  return isUnixUrl(url) ? parseEndpointUrl(url).basePath || '/' : pathOf(url);
}

function withoutBasePath(url: string): string {
  return isUnixUrl(url) ? parseEndpointUrl(url).label : new URL(url).origin;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function fault(detail: string): FrontdeskError {
  return new FrontdeskError('internal', { detail });
}
