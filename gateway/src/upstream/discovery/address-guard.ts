/**
 * Which addresses a registry may send calls to. Whoever can write a DNS record or register a service must not be able
 * to turn the gateway on itself, its neighbours on the link or a cloud's metadata service: those are refused, also where
 * they hide in an IPv6 address (mapped, NAT64, 6to4). Private ranges are where services live, so they are taken unless
 * the configuration says otherwise. A host *name* may lead anywhere later and is refused unless it is allowed.
 */
import net from 'node:net';
import { z } from 'zod';
import type { EndpointSpec } from '../endpoints/target.ts';

const NAME = /^(\*\.)?(?!-)[A-Za-z0-9_-]{1,63}(\.(?!-)[A-Za-z0-9_-]{1,63})*\.?$/;

const allowed = z
  .string()
  .refine((text) => parseRange(text) !== undefined || (NAME.test(text) && !/^[\d.]+$/.test(text)), {
    message: 'expected an address, a range such as 10.0.0.0/8, or a host name such as *.internal',
  });

export const addressesConfig = z
  .strictObject({
    allow: z
      .array(allowed)
      .max(256)
      .default([])
      .describe('Addresses, ranges and host names that are taken although they would be refused'),
    private: z
      .boolean()
      .default(true)
      .describe('Whether private addresses are taken: 10/8, 172.16/12, 192.168/16, 100.64/10 and fc00::/7'),
  })
  .prefault({});

export type AddressesConfig = z.output<typeof addressesConfig>;

/** Never where a service is: this machine, this link, everybody, and the metadata services of clouds. */
const SPECIAL = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/128',
  '::1/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
];
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

type Range = readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'];

function parseRange(text: string): Range | undefined {
  const [address = '', bits, more] = text.split('/');
  const family = net.isIP(address);
  if (family === 0 || more !== undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return undefined;
  return [address, bits === undefined ? most : Number(bits), family === 4 ? 'ipv4' : 'ipv6'];
}

function listOf(ranges: readonly string[]): net.BlockList {
  const list = new net.BlockList();
  for (const text of ranges) {
    const range = parseRange(text);
    if (range) list.addSubnet(...range);
  }
  return list;
}

const special = listOf(SPECIAL);
const privates = listOf(PRIVATE);

function holds(list: net.BlockList, address: string): boolean {
  return list.check(address, net.isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** An IPv6 address's sixteen bytes. */
function bytesOf(address: string): number[] {
  const { hostname } = new URL(`http://[${address.split('%', 1)[0]}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((group) => [group >> 8, group & 0xff]);
}

/** The IPv4 address that an IPv6 address stands for (RFC 4291 §2.5.5, RFC 6052 §2.1, RFC 3056 §2). */
function embedded(address: string): string | undefined {
  if (net.isIPv4(address)) return undefined;
  const bytes = bytesOf(address);
  const zeros = (from: number, to: number): boolean => bytes.slice(from, to).every((byte) => byte === 0);
  const at = (from: number): string => bytes.slice(from, from + 4).join('.');
  if (zeros(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return at(12);
  if (zeros(0, 12) && !zeros(12, 15)) return at(12);
  if (bytes[0] === 0 && bytes[1] === 0x64 && bytes[2] === 0xff && bytes[3] === 0x9b) return at(12);
  return bytes[0] === 0x20 && bytes[1] === 0x02 ? at(2) : undefined;
}

/** Why an endpoint must not be called; `undefined` where it may be. */
export type AddressGuard = (spec: EndpointSpec) => string | undefined;

export function addressGuard(config: AddressesConfig): AddressGuard {
  const allow = listOf(config.allow);
  const names = config.allow.filter((text) => parseRange(text) === undefined).map(plainName);

  const nameAllowed = (host: string): boolean => {
    const name = plainName(host);
    return names.some((one) => (one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one));
  };

  return ({ url, address }) => {
    // Such as one with a port beyond 65535: what one instance says of itself must not cost the others.
    if (!URL.canParse(url)) return `${JSON.stringify(url)} is no URL`;
    const { hostname, protocol } = new URL(url);
    if (protocol === 'unix:') return 'a Unix socket is not a place that a registry may name';
    const host = address ?? (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
    if (net.isIP(host) === 0) {
      return nameAllowed(host) ? undefined : `the host name ${host} is not under addresses.allow`;
    }
    const inner = embedded(host);
    const all = inner === undefined ? [host] : [host, inner];
    if (all.some((one) => holds(allow, one))) return undefined;
    for (const one of all) {
      if (holds(special, one)) return `${host} is an address of this machine, its link or its cloud`;
      if (!config.private && holds(privates, one)) return `${host} is a private address`;
    }
    return undefined;
  };
}

function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
