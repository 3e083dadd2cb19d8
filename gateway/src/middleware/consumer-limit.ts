/**
 * Draws one token from each limit of whoever asks, for this route: the bucket of the plan or the route, and the policies
 * of both (`limits/plans/rules.ts` says which). Leaves `exchange.charge` for costs that are known later and, where a limit
 * counts by GraphQL operation, `exchange.chargeOperation`. See `limited-request.ts` for what a request goes through.
 */
import type { Clock } from '../core/clock.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import type { Meter } from '../core/meter.ts';
import { InFlight } from '../limits/algorithms/in-flight.ts';
import type { LimitCheck, Limiter } from '../limits/limiter.ts';
import type { Plans, RouteLimitConfig } from '../limits/plans/plans.ts';
import type { PoliciesByName, Policy } from '../limits/plans/policies.ts';
import { type RuleSet, type RulesFor, rulesAt } from '../limits/plans/rules.ts';
import {
  askerOf,
  type Checks,
  type DoorDraws,
  LimitedRequest,
  type LimitingParts,
} from './limited-request.ts';

export interface ConsumerLimitOptions {
  readonly limiter: Limiter;
  readonly plans: Plans;
  /** The route's template: each route has its own buckets. */
  readonly template: string;
  /** The one upstream that the route leads to. Default: none, or several. */
  readonly upstream?: string | undefined;
  /** The route's own limit, in place of every plan's. */
  readonly routeLimit: RouteLimitConfig | undefined;
  /** All policies by name. Default: none. */
  readonly policies?: PoliciesByName | undefined;
  /** The route's policies. Default: none. */
  readonly own?: readonly Policy[] | undefined;
  /** Counts requests at once, for all routes. Default: this route's alone. */
  readonly inFlight?: InFlight | undefined;
  /** Where what the door drew is left. Default: it draws nothing. */
  readonly door?: DoorDraws | undefined;
  readonly clock: Clock;
  readonly meter: Meter;
}

const chargeNothing = async (): Promise<void> => {};

/** `undefined` where nothing is ever limited on this route: then it has no place in the chain. */
export function consumerLimit(options: ConsumerLimitOptions): Middleware | undefined {
  const rulesFor = rulesAt({ ...options, upstream: options.upstream });
  return rulesFor && limiting(rulesFor, { ...partsOf(options), isDoor: false });
}

/**
 * The socket alone: what is done over it draws by itself, and holds its own places among the requests at once.
 */
export function handshakeLimit(options: ConsumerLimitOptions): Middleware | undefined {
  const rulesFor = rulesAt({ ...options, upstream: options.upstream });
  if (!rulesFor) return undefined;
  const bare = new Map<RuleSet, RuleSet>();
  const withoutPlaces: RulesFor = (identity) => {
    const rules = rulesFor(identity);
    if (!rules || rules.places.length === 0) return rules;
    const known = bare.get(rules) ?? { ...rules, places: [] };
    bare.set(rules, known);
    return known.counts.length > 0 ? known : undefined;
  };
  return limiting(withoutPlaces, { ...partsOf(options), isDoor: false });
}

const DOOR = '*';
/** Whose checks a route keeps. */
const MAX_ADDRESSES = 1000;

/**
 * Draws from the policies that hold for everybody, before the route and the caller are known. Health is always answered,
 * so that a probe is never taken for a flood.
 */
export function doorLimit(
  options: Pick<ConsumerLimitOptions, 'limiter' | 'own' | 'inFlight' | 'door' | 'clock' | 'meter'>,
  isExempt: (exchange: Exchange) => boolean,
): Middleware | undefined {
  const nobody: Plans = { byName: new Map(), defaultPlan: undefined, anonymousPlan: undefined };
  const rulesFor = rulesAt({
    ...options,
    plans: nobody,
    routeLimit: undefined,
    template: DOOR,
    upstream: undefined,
  });
  if (!rulesFor) return undefined;
  const limited = limiting(rulesFor, { ...partsOf({ ...options, template: DOOR }), isDoor: true });
  return (exchange, next) => (isExempt(exchange) ? next(exchange) : limited(exchange, next));
}

type PartsOptions = Pick<
  ConsumerLimitOptions,
  'limiter' | 'inFlight' | 'door' | 'clock' | 'meter' | 'template'
>;

function partsOf(options: PartsOptions): Omit<LimitingParts, 'isDoor'> {
  const { limiter, inFlight = new InFlight(), clock, template, door, meter } = options;
  const count = meter.counter({
    name: 'frontdesk_consumer_limit_total',
    help: 'Draws from the buckets of consumers, by route, policy and decision',
    labels: ['route', 'policy', 'decision'],
  });
  return { limiter, inFlight, clock, template, count, door };
}

function limiting(rulesFor: RulesFor, parts: LimitingParts): Middleware {
  /** Identities of API keys and of tokens that were seen before are the same objects each time. */
  const checksByIdentity = new WeakMap<Identity, Checks>();
  /** Of callers without an identity, for whom the rules here are always the same. */
  const checksByAddress = new Map<string, Checks>();
  const checksOfAddress = (rules: RuleSet, exchange: Exchange): Checks => {
    const { address } = exchange.client;
    let checks = checksByAddress.get(address);
    if (!checks) {
      checks = makeChecks(rules, exchange);
      if (checksByAddress.size >= MAX_ADDRESSES) checksByAddress.clear();
      checksByAddress.set(address, checks);
    }
    return checks;
  };
  const checksOf = (rules: RuleSet, exchange: Exchange): Checks => {
    const { identity } = exchange;
    if (!identity) return checksOfAddress(rules, exchange);
    if (!rules.isOfIdentity) return makeChecks(rules, exchange);
    let checks = checksByIdentity.get(identity);
    if (!checks) {
      checks = makeChecks(rules, exchange);
      checksByIdentity.set(identity, checks);
    }
    return checks;
  };

  return (exchange, next) => {
    const rules = rulesFor(exchange.identity);
    if (!rules) {
      exchange.charge = chargeNothing;
      return next(exchange);
    }
    const request = new LimitedRequest(parts, rules, checksOf(rules, exchange), exchange, next);
    if (!parts.isDoor) exchange.charge = (tokens) => request.charge(tokens);
    if (rules.operations.length > 0) {
      exchange.chargeOperation = (operation) => request.chargeOperation(operation);
    }
    return request.run();
  };
}

function makeChecks({ counts }: RuleSet, exchange: Exchange): Checks {
  const asker = askerOf(exchange);
  const all: LimitCheck[] = [];
  const dear: LimitCheck[] = [];
  const dearAt: number[] = [];
  for (let i = 0; i < counts.length; i += 1) {
    const rule = counts[i];
    if (!rule) continue;
    const check = { spec: rule.spec, key: rule.keyOf(asker) };
    all.push(check);
    if (rule.cost === 'request') continue;
    dear.push(check);
    dearAt.push(i);
  }
  return dear.length === all.length ? { all, dear: all, dearAt } : { all, dear, dearAt };
}
