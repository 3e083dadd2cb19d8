/**
 * The targets of SRV records (RFC 2782), with their ports, weights and priorities, and the addresses of each. Node tells
 * no TTL of SRV records, so they are asked for again with the addresses.
 */
import { z } from 'zod';
import type { EndpointSpec } from '../endpoints/target.ts';
import { pause } from './pause.ts';
import {
  addressesOf,
  dnsName,
  family,
  type Lookups,
  makeLookups,
  refreshIn,
  resolverSettings,
  type ServiceRecord,
} from './resolver.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';
import { basePath, hostName, scheme } from './url-parts.ts';

export const srvConfig = z.strictObject({
  // Registries such as Consul answer for bare names too; what begins like a name of RFC 2782 is one.
  name: dnsName
    .regex(/^([^_]|_[^.]+\._[^.]+\.[^.])/, 'expected a name such as _http._tcp.users.internal')
    .describe('Such as _http._tcp.users.internal'),
  scheme,
  path: basePath,
  host: hostName.describe("The name that endpoints are asked by; by default each target's own"),
  family,
  ...resolverSettings,
});

export type SrvConfig = z.output<typeof srvConfig>;

const MAX_WEIGHT = 1_000;
const MAX_TARGETS = 256;

export class SrvSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 1_000;
  readonly guarded = true;
  readonly #config: SrvConfig;
  readonly #parts: SourceParts;
  readonly #lookups: Lookups;

  constructor(config: SrvConfig, parts: SourceParts, lookups?: Lookups) {
    this.name = `srv ${config.name}`;
    this.#config = config;
    this.#parts = parts;
    const { servers, timeout } = config;
    this.#lookups = lookups ?? makeLookups({ servers, timeoutMs: timeout, clock: parts.clock });
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { specs, ttl, faults } = await this.#ask();
      if (signal.aborted) return;
      follower.found(specs, faults);
      await pause(this.#parts.clock, refreshIn(ttl, this.#config.refresh), signal);
    }
  }

  /** Rejects where a target cannot be resolved now: half of a set must not pass for the whole. */
  async #ask(): Promise<{ specs: EndpointSpec[]; ttl: number; faults: string[] }> {
    const records = await this.#lookups.srv(this.#config.name);
    const faults: string[] = [];
    // RFC 2782: a target of "." says that the service is decidedly not there.
    const present = records.filter(({ name }) => name !== '' && name !== '.');
    const usable = present.filter(({ name, port }) => {
      const fits = dnsName.safeParse(name).success && port > 0;
      if (!fits) faults.push(`${JSON.stringify(name)}, port ${port}, is no target`);
      return fits;
    });
    const scaled = scale(usable.slice(0, MAX_TARGETS));
    const resolved = await Promise.all(
      scaled.map(async (record) => ({
        record,
        found: await addressesOf(this.#lookups, record.name, this.#config.family),
      })),
    );
    const ttl = Math.min(...resolved.map(({ found }) => found.ttl));
    const specs = resolved.flatMap(({ record, found }) =>
      found.addresses.map((address) => this.#specOf(record, address)),
    );
    for (const { record, found } of resolved) {
      if (found.addresses.length === 0) faults.push(`the target ${record.name} has no address`);
    }
    return { specs, ttl, faults };
  }

  #specOf({ name, port, weight, priority }: ServiceRecord, address: string): EndpointSpec {
    const { scheme: protocol, host = name.replace(/\.$/, ''), path } = this.#config;
    return { url: `${protocol}://${host}:${port}${path}`, address, weight, priority };
  }
}

/** Weights from 1 to 1000, in the same proportions; priorities from 0 on, in the same order. */
function scale(records: readonly ServiceRecord[]): ServiceRecord[] {
  const most = Math.max(...records.map(({ weight }) => weight));
  const factor = most > MAX_WEIGHT ? MAX_WEIGHT / most : 1;
  const ranks = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return records.map((record) => ({
    ...record,
    weight: Math.max(1, Math.round(record.weight * factor)),
    priority: ranks.indexOf(record.priority),
  }));
}
