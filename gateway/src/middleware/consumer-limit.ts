/**
 * Draws one token from the bucket of whoever asks, for this route: the consumer's, its user's or, where there is no
 * identity, the address's. Leaves `exchange.charge` for costs that are known later. What is left is told on the way
 * back, on every answer of the route, errors included; a refusal is 429 with the time to come again. Under a leaky bucket
 * a request waits here for its turn, unless that would come past its deadline: then it is refused too.
 */
import type { Clock } from '../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import type { Meter } from '../core/meter.ts';
import { limitSpec } from '../limits/limit-config.ts';
import type { Decisions, LimitCheck, LimitDecision, Limiter, LimitSpec } from '../limits/limiter.ts';
import type { BucketOwner, Plan, Plans, RouteLimitConfig } from '../limits/plans.ts';
import { isInTime, longestWaitMs, turn } from '../limits/turn.ts';
import { rateLimitFields, retryAfterS, setRateLimitFields } from '../wire/ratelimit-headers.ts';

export interface ConsumerLimitOptions {
  readonly limiter: Limiter;
  readonly plans: Plans;
  /** The route's template: each route has its own buckets. */
  readonly template: string;
  /** The route's own limit, in place of every plan's. */
  readonly routeLimit: RouteLimitConfig | undefined;
  readonly clock: Clock;
  readonly meter: Meter;
}

interface Rule {
  readonly spec: LimitSpec;
  readonly per: BucketOwner;
  /** First part of the bucket's key: the same plan on another owner is another bucket. */
  readonly scopes: Readonly<Record<BucketOwner, string>>;
}

const chargeNothing = async (): Promise<void> => {};

/** `undefined` where nothing is ever limited on this route: then it has no place in the chain. */
export function consumerLimit(options: ConsumerLimitOptions): Middleware | undefined {
  const ruleFor = rules(options);
  if (!ruleFor) return undefined;
  const { limiter, template, clock, meter } = options;
  const count = meter.counter({
    name: 'frontdesk_consumer_limit_total',
    help: 'Draws from the buckets of consumers, by route, policy and decision',
    labels: ['route', 'policy', 'decision'],
  });

  /** Identities of API keys and of tokens that were seen before are the same objects each time. */
  const checksByIdentity = new WeakMap<Identity, readonly LimitCheck[]>();
  const checksOf = (rule: Rule, exchange: Exchange): readonly LimitCheck[] => {
    const { identity } = exchange;
    if (!identity || rule.per === 'address') return [checkOf(rule, exchange, template)];
    let checks = checksByIdentity.get(identity);
    if (!checks) {
      checks = [checkOf(rule, exchange, template)];
      checksByIdentity.set(identity, checks);
    }
    return checks;
  };

  return (exchange, next) => {
    const rule = ruleFor(exchange.identity);
    if (!rule) {
      exchange.charge = chargeNothing;
      return next(exchange);
    }
    const checks = checksOf(rule, exchange);
    let last: LimitDecision | undefined;
    const note = ([told]: Decisions): void => {
      if (!told) return;
      const decision = told.waitMs > 0 && !isInTime(exchange, told.waitMs) ? tooLate(told) : told;
      last = decision;
      count(1, template, rule.spec.name, decision.allowed ? 'allowed' : 'refused');
      if (!decision.allowed) throw refusal(decision);
    };
    const go = (): Promise<Reply> =>
      next(exchange).then(
        (reply) => {
          if (last) setRateLimitFields(reply.headers, last);
          return reply;
        },
        (error: unknown) => {
          throw last ? withFields(error, last) : error;
        },
      );
    const goInTurn = (decisions: Decisions): Promise<Reply> => {
      note(decisions);
      const waitMs = longestWaitMs(decisions);
      return waitMs === 0 ? go() : turn(exchange, clock, waitMs).then(go);
    };
    // A cost that is known later makes those wait who come next.
    exchange.charge = async (tokens) => note(await limiter.take(checks, tokens));
    const taken = limiter.take(checks, 1);
    if (taken instanceof Promise) return taken.then(goInTurn);
    try {
      return goInTurn(taken);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** Finds the rule that holds for an identity; `undefined` where no identity can have one. */
function rules(
  options: ConsumerLimitOptions,
): ((identity: Identity | undefined) => Rule | undefined) | undefined {
  const { plans, routeLimit } = options;
  if (routeLimit === 'unlimited') return undefined;
  if (routeLimit) {
    const rule = ruleOf('route', limitSpec('route', routeLimit), routeLimit.per);
    return () => rule;
  }
  const byPlan = new Map<string, Rule>();
  for (const plan of plans.byName.values()) {
    const rule = planRule(plan);
    if (rule) byPlan.set(plan.name, rule);
  }
  if (byPlan.size === 0) return undefined;
  const anonymous = plans.anonymousPlan && byPlan.get(plans.anonymousPlan.name);
  return (identity) => {
    if (!identity) return anonymous;
    return identity.plan === undefined ? undefined : byPlan.get(identity.plan);
  };
}

function planRule(plan: Plan): Rule | undefined {
  return plan.spec && ruleOf(`plan.${plan.name}`, plan.spec, plan.per);
}

function ruleOf(scope: string, spec: LimitSpec, per: BucketOwner): Rule {
  return {
    spec,
    per,
    scopes: { consumer: `${scope}.consumer`, subject: `${scope}.subject`, address: `${scope}.address` },
  };
}

/** A caller whom no consumer stands for has a bucket of its own, not one with all the others. */
function checkOf(rule: Rule, exchange: Exchange, template: string): LimitCheck {
  const { identity } = exchange;
  if (!identity || rule.per === 'address') {
    return { spec: rule.spec, key: [rule.scopes.address, exchange.client.address, template] };
  }
  if (rule.per === 'consumer' && identity.consumer !== undefined) {
    return { spec: rule.spec, key: [rule.scopes.consumer, identity.consumer, template] };
  }
  // Two applications may each have a user of the same name.
  const key = [rule.scopes.subject, identity.subject, template, identity.consumer ?? ''];
  return { spec: rule.spec, key };
}

/** Its turn would come when nobody waits for the answer any more. */
function tooLate(decision: LimitDecision): LimitDecision {
  return { ...decision, allowed: false, retryAfterMs: decision.waitMs };
}

function refusal(decision: LimitDecision): FrontdeskError {
  return new FrontdeskError('rate_limited', {
    retryAfterS: retryAfterS(decision),
    headers: rateLimitFields(decision),
    members: { 'violated-policies': [decision.spec.name] },
  });
}

/** The same error, which tells of the limit too. */
function withFields(thrown: unknown, decision: LimitDecision): FrontdeskError {
  const error = toFrontdeskError(thrown);
  if (error.headers.some(([name]) => name === 'ratelimit')) return error;
  return new FrontdeskError(error.code, {
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
    headers: [...error.headers, ...rateLimitFields(decision)],
    members: error.members,
    cause: error.cause ?? error,
  });
}
