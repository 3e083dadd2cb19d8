/**
 * Dimensions: whose count a limit draws from. Several together make one count for each combination.
 *
 * A request that has not what a dimension asks for (no tenant, no key) has the count of whoever asks: the consumer,
 * else the subject, else the address. So nobody is unlimited for want of it, and nobody shares a count with all the
 * others who lack it. An IPv6 client counts by its /64, for it has all the addresses within (RFC 4291 §2.5.4).
 */
import { z } from 'zod';
import type { Identity } from '../../core/identity.ts';
import { formatAddress, parseAddress } from '../../core/ip-address.ts';

/** In the order in which they stand in a key. */
const DIMENSIONS = [
  'consumer',
  'key',
  'subject',
  'tenant',
  'address',
  'route',
  'upstream',
  'operation',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

const NETWORK_WORDS = 2;

const listed = z
  .array(z.enum(DIMENSIONS, { error: `expected one of ${DIMENSIONS.join(', ')}` }))
  .min(1, 'expected one dimension at least, or global')
  .transform((by): readonly Dimension[] => DIMENSIONS.filter((dimension) => by.includes(dimension)));

/** `[tenant, route]`, or `global`: one count for everybody. */
export const dimensionsConfig = z.union(
  [z.literal('global').transform((): readonly Dimension[] => []), listed],
  {
    error: `expected global, or a list of ${DIMENSIONS.join(', ')}`,
  },
);

/** Who asks. */
export interface Asker {
  readonly identity: Identity | undefined;
  /** Of the client, in canonical text. */
  readonly address: string;
}

/** Where: what the route says, the same for all its requests. */
export interface Place {
  readonly template: string;
  /** The one upstream that the route leads to; its template stands for it where there are none or several. */
  readonly upstream: string | undefined;
}

/** Whether such a key is the same for all requests of one identity at one place. */
export function isOfIdentity(by: readonly Dimension[]): boolean {
  return by.length === 0 || !by.includes('address');
}

/** Whether it takes an operation to know the key. */
export function needsOperation(by: readonly Dimension[]): boolean {
  return by.includes('operation');
}

/**
 * A key's parts: the scope with what was found for each dimension, whose it is (what decides on the slot in a cluster of
 * Redis, and so the same as of other limits of this caller), and the rest.
 */
export function limitKey(
  scope: string,
  by: readonly Dimension[],
  asker: Asker,
  place: Place,
  operation = '',
): string[] {
  let kinds = scope;
  let owner: string | undefined;
  const rest: string[] = [];
  for (let i = 0; i < by.length; i += 1) {
    const dimension = by[i] ?? 'address';
    if (dimension === 'route') rest.push(place.template);
    else if (dimension === 'upstream') rest.push(place.upstream ?? place.template);
    else if (dimension === 'operation') rest.push(operation);
    else {
      const kind = foundFor(dimension, asker.identity);
      kinds += `.${kind}`;
      const text = textOf(kind, asker);
      if (owner === undefined) owner = text;
      else rest.push(text);
      const more = qualifierOf(kind, asker.identity);
      if (more !== undefined) rest.push(more);
      continue;
    }
    kinds += `.${dimension}`;
  }
  return [kinds, owner ?? '', ...rest];
}

/** Of IPv6 addresses that were seen: to read one anew costs several times what a limit does. */
const networks = new Map<string, string>();
const MAX_NETWORKS = 4096;

/** An IPv6 address as its /64; others as they are. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const known = networks.get(address);
  if (known !== undefined) return known;
  const network = readNetwork(address);
  if (networks.size >= MAX_NETWORKS) networks.clear();
  networks.set(address, network);
  return network;
}

function readNetwork(address: string): string {
  const parsed = parseAddress(address);
  if (parsed?.version !== 6) return address;
  const [first, second] = parsed.words;
  return `${formatAddress({ version: 6, words: [first, second, 0, 0] })}/${NETWORK_WORDS * 32}`;
}

type Kind = 'consumer' | 'key' | 'subject' | 'tenant' | 'address';

/** The dimension, or what stands in for it. */
function foundFor(dimension: Kind, identity: Identity | undefined): Kind {
  if (!identity || dimension === 'address') return 'address';
  if (dimension === 'subject') return 'subject';
  if (dimension === 'tenant' && identity.tenant !== undefined) return 'tenant';
  if (dimension === 'key' && identity.keyId !== undefined && identity.consumer !== undefined) return 'key';
  return identity.consumer === undefined ? 'subject' : 'consumer';
}

function textOf(kind: Kind, { identity, address }: Asker): string {
  if (!identity || kind === 'address') return networkOf(address);
  if (kind === 'tenant') return identity.tenant ?? '';
  if (kind === 'subject') return identity.subject;
  return identity.consumer ?? '';
}

/** A key is one of its consumer's; two applications may each have a user of the same name. */
function qualifierOf(kind: Kind, identity: Identity | undefined): string | undefined {
  if (kind === 'key') return identity?.keyId ?? '';
  return kind === 'subject' ? (identity?.consumer ?? '') : undefined;
}
