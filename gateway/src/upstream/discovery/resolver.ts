/**
 * DNS by c-ares, never by the system's `getaddrinfo`: that one knows no TTL and holds a thread of a pool of four for as
 * long as a server is silent. Each question has an end of its own, whatever the servers do.
 */
import { Resolver } from 'node:dns/promises';
import net from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { durationMs } from '../../settings/settings.ts';

const server = z
  .string()
  .refine(isServer, { message: 'expected an address such as 10.0.0.2, 10.0.0.2:53 or [::1]:53' });

/** What DNS sources share. */
export const resolverSettings = {
  servers: z
    .array(server)
    .min(1)
    .max(8)
    .optional()
    .describe("Name servers by address; by default the system's"),
  timeout: durationMs.prefault('2s').describe('Longest wait for an answer'),
  refresh: z
    .strictObject({
      min: durationMs.prefault('1s').describe('Shortest time between questions, whatever the TTL'),
      max: durationMs.prefault('30s').describe('Longest time between questions, whatever the TTL'),
    })
    .prefault({})
    .refine(({ min, max }) => min <= max && min >= 100, {
      message: 'expected min to be 100ms at least, and at most max',
    })
    .describe('How often is asked again: when the TTL is over, within these bounds'),
};

function isServer(text: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (!match) return net.isIP(text) !== 0;
  return net.isIP(match[1] ?? match[2] ?? '') !== 0 && Number(match[3]) <= 65_535;
}

/** A name as DNS writes it (RFC 1035 §2.3.1, with the underscore of RFC 2782): no NUL, no other dots. */
export const dnsName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$/,
    'expected a host name',
  );

export interface AddressRecord {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Questions. Each gives an empty list where the answer is that there is nothing, and rejects where there is no answer. */
export interface Lookups {
  a(name: string): Promise<readonly AddressRecord[]>;
  aaaa(name: string): Promise<readonly AddressRecord[]>;
  srv(name: string): Promise<readonly ServiceRecord[]>;
}

export interface LookupsOptions {
  readonly servers: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);
const TRIES = 3;

export function makeLookups({ servers, timeoutMs, clock }: LookupsOptions): Lookups {
  async function ask<T>(question: (resolver: Resolver) => Promise<T[]>): Promise<readonly T[]> {
    // One for each question: what is cancelled is this question alone, and changed system settings are seen.
    const resolver = new Resolver({ timeout: Math.max(1, Math.floor(timeoutMs / TRIES)), tries: TRIES });
    if (servers) resolver.setServers([...servers]);
    let late = false;
    const disarm = clock.after(timeoutMs, () => {
      late = true;
      resolver.cancel();
    });
    try {
      return await question(resolver);
    } catch (error) {
      if (late) throw new Error(`no answer within ${timeoutMs} ms`, { cause: error });
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (NOTHING.has(code)) return [];
      throw error;
    } finally {
      disarm();
    }
  }
  return {
    a: (name) => ask((resolver) => resolver.resolve4(name, { ttl: true })),
    aaaa: (name) => ask((resolver) => resolver.resolve6(name, { ttl: true })),
    srv: (name) => ask((resolver) => resolver.resolveSrv(name)),
  };
}

export const family = z
  .enum(['auto', 'ipv4', 'ipv6', 'both'])
  .default('auto')
  .describe('auto: IPv4 addresses, or IPv6 ones where there are none');

export type Family = z.output<typeof family>;

export interface Addresses {
  readonly addresses: readonly string[];
  /** Until when they hold, seconds from now; `Infinity` where there are none. */
  readonly ttl: number;
}

/** The addresses of a name. */
export async function addressesOf(lookups: Lookups, name: string, wanted: Family): Promise<Addresses> {
  const records: AddressRecord[] = [];
  if (wanted !== 'ipv6') records.push(...(await lookups.a(name)));
  if (wanted === 'ipv6' || wanted === 'both' || (wanted === 'auto' && records.length === 0)) {
    records.push(...(await lookups.aaaa(name)));
  }
  const ttl = Math.min(...records.map((record) => record.ttl));
  return { addresses: [...new Set(records.map((record) => record.address))], ttl };
}

/** Milliseconds until the next question: when the TTL is over, within the bounds. Without an answer soon. */
export function refreshIn(
  ttlS: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return Number.isFinite(ttlS) ? Math.min(max, Math.max(min, ttlS * 1_000)) : min;
}
