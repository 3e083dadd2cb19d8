/** What `match` says of a split: who gets which share of its calls, and where this request would go. */
import type { Config } from '../config/schema.ts';
import type { Identity } from '../core/identity.ts';
import type { RoutableRequest } from '../router/request-view.ts';
import type { AffinityKey } from '../upstream/balancing/affinity.ts';
import { forcedSide, keysOf, saltOf, sideOfKey } from '../upstream/split/choice.ts';
import type { SplitConfig } from '../upstream/split/config.ts';
import { stepAt } from '../upstream/split/schedule.ts';
import { configuredShares } from '../upstream/split/shares.ts';

export interface ToldSplit {
  readonly upstream: string;
  readonly sides: readonly { readonly side: string; readonly upstream: string; readonly percent: number }[];
  /** In words: where the request goes, and why. */
  readonly says: string;
}

/** `undefined` where the upstream is none. `as` stands for the caller's consumer, subject, tenant or address. */
export function tellSplit(
  { upstreams }: Pick<Config, 'upstreams'>,
  upstream: string | undefined,
  request: RoutableRequest,
  as: string | undefined,
  wall: number,
): ToldSplit | undefined {
  const split = upstream === undefined ? undefined : upstreams[upstream]?.split;
  if (upstream === undefined || !split) return undefined;
  const shares = sharesNow(split, wall);
  const sides = Object.entries(split.sides).map(([side, to], i) => ({
    side,
    upstream: to.upstream,
    percent: Math.round((shares[i] ?? 0) * 1e5) / 1e3,
  }));
  return { upstream, sides, says: whither(upstream, split, shares, request, as) };
}

export function splitLines({ upstream, sides, says }: ToldSplit): string[] {
  const parts = sides.map((one) => `${one.percent} % ${one.side} (${one.upstream})`);
  return [`  upstream ${upstream} is a split: ${parts.join(', ')}`, `    ${says}`];
}

/** As the configuration says; what operators and rollbacks say is known to the running gateway alone. */
function sharesNow(split: SplitConfig, wall: number): number[] {
  if (!split.steps) return configuredShares(Object.values(split.sides));
  const { index } = stepAt(split.steps, split.startAt === undefined ? 0 : wall - split.startAt);
  const share = split.steps[index]?.weight ?? 0;
  return [1 - share, share];
}

function whither(
  name: string,
  split: SplitConfig,
  shares: readonly number[],
  { headers, path }: RoutableRequest,
  as: string | undefined,
): string {
  const sides = Object.keys(split.sides);
  const { force } = split;
  // Whether the caller may is not known here; the side is told with what it takes.
  const forced = force && forcedSide({ ...force, scopes: [] }, sides, { headers, context: NOBODY });
  if (force && forced !== undefined) {
    const condition = force.scopes.length > 0 ? `, if the caller has ${force.scopes.join(' ')}` : '';
    return `goes to ${sides[forced]}: forced${condition}`;
  }
  const keys = keysOf(split);
  const asked = { headers, path, context: as === undefined ? NOBODY : somebody(as) };
  const found = sideOfKey(saltOf(name), keys, shares, asked);
  if (found) return `goes to ${sides[found.side]}: by ${textOf(found.key)}`;
  if (keys.length === 0) return 'goes to a side by chance';
  return `goes to a side by ${keys.map(textOf).join(' or ')}, which the request lacks (--as says one), or else by chance`;
}

const NOBODY = { identity: undefined, client: undefined };

function somebody(as: string): { identity: Identity; client: { address: string; scheme: 'http' } } {
  const identity: Identity = {
    subject: as,
    consumer: as,
    tenant: as,
    plan: undefined,
    scopes: new Set(),
    roles: [],
    scheme: '',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
  return { identity, client: { address: as, scheme: 'http' } };
}

function textOf(key: AffinityKey): string {
  return 'name' in key ? `${key.from} ${key.name}` : key.from;
}
