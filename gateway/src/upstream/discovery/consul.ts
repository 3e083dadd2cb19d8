/**
 * The healthy instances of a Consul service, by blocking queries: each waits at the agent until something changed since the
 * index of the last answer. An index that goes back, or is none, begins anew, as Consul's documentation asks of clients.
 */
import net from 'node:net';
import { z } from 'zod';
import { SECRET } from '../../settings/secret.ts';
import { durationMs, httpUrl } from '../../settings/settings.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { RegistryClient } from '../transports/registry-client.ts';
import { jsonOf, MAX_REPLY_BYTES } from './json-reply.ts';
import { pause } from './pause.ts';
import { dnsName } from './resolver.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';
import { basePath, hostName, scheme, urlHost } from './url-parts.ts';

const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'expected a name: letters, digits, -, _ and .');

export const consulConfig = z.strictObject({
  service: word.describe('The name of the service'),
  url: httpUrl.default('http://127.0.0.1:8500').describe('The agent'),
  tags: z
    .array(z.string().min(1).max(255))
    .max(16)
    .default([])
    .describe('Tags that an instance must all have'),
  datacenter: word.optional().describe("By default the agent's"),
  token: z.string().min(1).optional().describe('An ACL token; from the environment or a file').meta(SECRET),
  warning: z
    .boolean()
    .default(false)
    .describe('Whether instances with a check in warning are called as well'),
  wait: durationMs
    .refine((ms) => ms >= 1_000 && ms <= 600_000, { message: 'expected 1s to 10m' })
    .prefault('1m')
    .describe('How long a query waits for a change; an agent that hangs is found out ten seconds later'),
  scheme,
  path: basePath,
  host: hostName.describe('The name that endpoints are asked by; by default SERVICE.service.consul'),
});

export type ConsulConfig = z.output<typeof consulConfig>;

const FIRST_MS = 10_000;
const IDLE_MS = 10_000;
/** Consul adds up to a sixteenth to the wait, so that not all clients come back at once. */
const WAIT_SHARE = 1 / 16;
/** A busy catalogue may answer again and again. */
const SHORTEST_ROUND_MS = 100;
const MAX_WEIGHT = 1_000;

const zone = z.object({ Zone: z.string().optional() }).nullish();
const meta = z.record(z.string(), z.string()).nullish();

const instances = z.array(
  z.object({
    Node: z.object({ Address: z.string().nullish(), Meta: meta, Locality: zone }),
    Service: z.object({
      ID: z.string().nullish(),
      Address: z.string().nullish(),
      Port: z.int(),
      Tags: z.array(z.string()).nullish(),
      Meta: meta,
      Locality: zone,
      Weights: z.object({ Passing: z.int().optional(), Warning: z.int().optional() }).nullish(),
    }),
    Checks: z.array(z.object({ Status: z.string() })).nullish(),
  }),
);

type Instance = z.output<typeof instances>[number];

export class ConsulSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 30_000;
  readonly guarded = true;
  readonly #config: ConsulConfig;
  readonly #parts: SourceParts;

  constructor(config: ConsulConfig, parts: SourceParts) {
    this.name = `consul ${config.service}`;
    this.#config = config;
    this.#parts = parts;
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const client = new RegistryClient({ url: this.#config.url, clock });
    let index = 0;
    try {
      while (!signal.aborted) {
        const startedAt = clock.now();
        const { list, at } = await this.#ask(client, index, signal);
        if (at === index) follower.confirmed();
        else this.#tell(list, follower);
        index = at < index ? 0 : at;
        const shortMs = SHORTEST_ROUND_MS - (clock.now() - startedAt);
        if (shortMs > 0) await pause(clock, shortMs, signal);
      }
    } finally {
      client.close();
    }
  }

  async #ask(
    client: RegistryClient,
    index: number,
    signal: AbortSignal,
  ): Promise<{ list: Instance[]; at: number }> {
    const { service, tags, datacenter, token, warning, wait } = this.#config;
    const query = new URLSearchParams();
    if (!warning) query.set('passing', '1');
    if (datacenter !== undefined) query.set('dc', datacenter);
    for (const tag of tags) query.append('tag', tag);
    if (index > 0) {
      query.set('index', String(index));
      query.set('wait', `${Math.round(wait / 1_000)}s`);
    }
    const reply = await client.open({
      path: `/v1/health/service/${encodeURIComponent(service)}?${query}`,
      headers: token === undefined ? {} : { 'x-consul-token': token },
      headMs: index > 0 ? wait * (1 + WAIT_SHARE) + FIRST_MS : FIRST_MS,
      idleMs: IDLE_MS,
      maxBytes: MAX_REPLY_BYTES,
      signal,
    });
    const list = await jsonOf(reply, instances, 'Consul');
    const given = Number(reply.header('x-consul-index') ?? Number.NaN);
    if (!Number.isSafeInteger(given)) throw new Error('Consul answered without X-Consul-Index');
    return { list, at: Math.max(1, given) };
  }

  #tell(list: readonly Instance[], follower: DiscoveryFollower): void {
    const faults: string[] = [];
    const specs: EndpointSpec[] = [];
    for (const instance of list) {
      const spec = this.#specOf(instance);
      if (typeof spec === 'string') faults.push(spec);
      else if (spec) specs.push(spec);
    }
    follower.found(specs, faults);
  }

  /** A text says why it can't be used; `undefined`: it is not to be called. */
  #specOf({ Node, Service, Checks }: Instance): EndpointSpec | string | undefined {
    const { scheme: protocol, path, warning, tags, service } = this.#config;
    const statuses = (Checks ?? []).map(({ Status }) => Status);
    const warned = statuses.includes('warning');
    if (statuses.some((status) => status !== 'passing' && status !== 'warning')) return undefined;
    if (warned && !warning) return undefined;
    if (!tags.every((tag) => Service.Tags?.includes(tag))) return undefined;
    const address = Service.Address || Node.Address || '';
    if (Service.Port <= 0 || address === '') {
      return `the instance ${JSON.stringify(Service.ID ?? '')} has no ${address === '' ? 'address' : 'port'}`;
    }
    const weight = (warned ? Service.Weights?.Warning : Service.Weights?.Passing) ?? 1;
    const place = Service.Locality?.Zone ?? Node.Locality?.Zone ?? Service.Meta?.zone ?? Node.Meta?.zone;
    const common = {
      weight: Math.min(MAX_WEIGHT, Math.max(1, weight)),
      ...(place ? { zone: place } : {}),
    };
    const tail = `:${Service.Port}${path}`;
    // Consul allows a name in the place of an address.
    if (net.isIP(address) === 0) {
      const isName = dnsName.safeParse(address).success;
      return isName
        ? { url: `${protocol}://${address}${tail}`, ...common }
        : `${JSON.stringify(address)} is no address`;
    }
    const host = this.#config.host ?? `${service}.service.consul`;
    return { url: `${protocol}://${urlHost(host)}${tail}`, address, ...common };
  }
}
