/**
 * Kubernetes EndpointSlices (discovery.k8s.io/v1) as endpoints. Several slices make one service; while endpoints move
 * between slices one may stand in two. Those that are ready are called; where none is, those that are ending but still
 * serve, as kube-proxy does (KEP-1669).
 */
import { z } from 'zod';
import type { EndpointSpec } from '../endpoints/target.ts';
import { urlHost } from './url-parts.ts';

const condition = z.boolean().nullish();

export const endpointSlice = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string().optional() }),
  addressType: z.string(),
  ports: z
    .array(z.object({ name: z.string().nullish(), port: z.int().nullish(), protocol: z.string().nullish() }))
    .nullish(),
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        conditions: z.object({ ready: condition, serving: condition, terminating: condition }).nullish(),
        zone: z.string().nullish(),
      }),
    )
    .nullish(),
});

export type EndpointSlice = z.output<typeof endpointSlice>;

export interface SliceView {
  /** A port's name or number; `undefined` for the only one. */
  readonly port: string | number | undefined;
  readonly scheme: 'http' | 'https';
  /** The name that endpoints are asked by. */
  readonly host: string;
  readonly path: string;
}

export interface SliceEndpoints {
  readonly specs: readonly EndpointSpec[];
  readonly faults: readonly string[];
}

/** The endpoints of all slices of one service. A service of two address families is called by IPv4. */
export function endpointsOf(slices: Iterable<EndpointSlice>, view: SliceView): SliceEndpoints {
  const all = [...slices];
  const faults: string[] = [];
  const family = all.some((slice) => slice.addressType === 'IPv4' && slice.endpoints?.length)
    ? 'IPv4'
    : 'IPv6';
  const ready = new Map<string, EndpointSpec>();
  const ending = new Map<string, EndpointSpec>();
  for (const slice of all) {
    if (slice.addressType !== family || !slice.endpoints?.length) continue;
    const port = portOf(slice, view.port);
    if (typeof port === 'string') {
      faults.push(`${slice.metadata.name}: ${port}`);
      continue;
    }
    for (const { addresses, conditions, zone } of slice.endpoints) {
      // More than one address of an endpoint means the same; consumers take the first.
      const [address] = addresses;
      if (address === undefined) continue;
      const url = `${view.scheme}://${urlHost(view.host)}:${port}${view.path}`;
      const spec: EndpointSpec = { url, address, weight: 1, ...(zone ? { zone } : {}) };
      const key = `${address} ${port}`;
      if (conditions?.ready ?? true) ready.set(key, spec);
      else if (conditions?.serving && conditions.terminating) ending.set(key, spec);
    }
  }
  return { specs: [...(ready.size > 0 ? ready : ending).values()], faults };
}

/** The port's number, or why there is none. */
function portOf({ ports }: EndpointSlice, wanted: string | number | undefined): number | string {
  const tcp = (ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
  const found =
    wanted === undefined
      ? tcp.length === 1
        ? tcp[0]
        : undefined
      : tcp.find(({ name, port }) => (typeof wanted === 'number' ? port === wanted : name === wanted));
  if (found?.port) return found.port;
  const known = tcp.map(({ name, port }) => (name ? `${name} (${port})` : String(port))).join(', ') || 'none';
  return wanted === undefined
    ? `which of its ports? Expected port to name one of ${known}`
    : `it has no TCP port ${wanted}, but ${known}`;
}
