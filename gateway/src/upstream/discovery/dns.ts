/** The addresses of one host name, A and AAAA, asked for again when their TTL is over. Each is an endpoint that is asked by the name. */
import net from 'node:net';
import { z } from 'zod';
import { endpointUrl } from '../endpoints/endpoint-url.ts';
import { pause } from './pause.ts';
import {
  addressesOf,
  dnsName,
  family,
  type Lookups,
  makeLookups,
  refreshIn,
  resolverSettings,
} from './resolver.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';

export const dnsConfig = z.strictObject({
  url: endpointUrl
    .refine((text) => URL.canParse(text) && isName(new URL(text).hostname), {
      message: 'expected a host name in the URL: an address needs no discovery',
    })
    .describe('Scheme, host name, port and base path; every address of the name is an endpoint'),
  family,
  ...resolverSettings,
});

export type DnsConfig = z.output<typeof dnsConfig>;

function isName(hostname: string): boolean {
  return net.isIP(hostname) === 0 && dnsName.safeParse(hostname).success;
}

export class DnsSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 1_000;
  readonly guarded = true;
  readonly #config: DnsConfig;
  readonly #parts: SourceParts;
  readonly #lookups: Lookups;

  constructor(config: DnsConfig, parts: SourceParts, lookups?: Lookups) {
    const { host } = new URL(config.url);
    this.name = `dns ${host}`;
    this.#config = config;
    this.#parts = parts;
    const { servers, timeout } = config;
    this.#lookups = lookups ?? makeLookups({ servers, timeoutMs: timeout, clock: parts.clock });
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    const { url, family: wanted, refresh } = this.#config;
    const { hostname } = new URL(url);
    while (!signal.aborted) {
      const { addresses, ttl } = await addressesOf(this.#lookups, hostname, wanted);
      if (signal.aborted) return;
      follower.found(addresses.map((address) => ({ url, address, weight: 1 })));
      await pause(this.#parts.clock, refreshIn(ttl, refresh), signal);
    }
  }
}
