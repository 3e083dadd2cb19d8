/**
 * Lets a request go on if every policy does, in the order of the configuration: 403 `forbidden` with the policy's name,
 * 401 for somebody unknown whom a credential might help. A policy that fails denies; where a decision point cannot be
 * asked, nobody can tell, and the answer is 503. No backend sees a request before.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { ClientInfo, Exchange, Middleware } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import type { Policy, Verdict } from './policy.ts';

/** Counts decisions: 1, policy, `allowed`, `denied` or `error`. */
export type CountDecision = (policy: string, outcome: Verdict['outcome']) => void;

export function decisionCounter(meter: Meter): CountDecision {
  const count = meter.counter({
    name: 'frontdesk_policy_decisions_total',
    help: 'Decisions of policies by outcome: allowed, denied, or error (which denies too)',
    labels: ['policy', 'outcome'],
  });
  return (policy, outcome) => count(1, policy, outcome);
}

export interface EnforceOptions {
  /** One at least. */
  readonly policies: readonly Policy[];
  /** What somebody unknown is asked for; empty where the route takes no credential. */
  readonly challenges: (client: ClientInfo) => readonly (readonly [name: string, value: string])[];
  readonly count: CountDecision;
}

export function enforce({ policies, challenges, count }: EnforceOptions): Middleware {
  const sets = new Set(policies.flatMap((policy) => policy.sets));
  const isOwn = (name: string): boolean => !sets.has(name);

  /** The refusal, or nothing; what the backend is told is set. */
  const judge = (exchange: Exchange, policy: Policy, verdict: Verdict): FrontdeskError | undefined => {
    count(policy.name, verdict.outcome);
    if (verdict.outcome !== 'allowed')
      return refusalOf(policy, verdict, exchange.identity === undefined ? challenges(exchange.client) : []);
    for (const [name, value] of verdict.headers ?? []) exchange.headers.set(name, value);
    return undefined;
  };

  const rest = async (exchange: Exchange, from: number, pending: Promise<Verdict>): Promise<void> => {
    for (let i = from; i < policies.length; i += 1) {
      const policy = policies[i];
      if (!policy) continue;
      let verdict: Verdict;
      try {
        verdict = await unlessCancelled(exchange, i === from ? pending : policy.decide(exchange));
      } catch (error) {
        count(policy.name, 'error');
        throw error;
      }
      const refusal = judge(exchange, policy, verdict);
      if (refusal) throw refusal;
    }
  };

  return (exchange, next) => {
    if (sets.size > 0) exchange.headers.filter(isOwn);
    for (let i = 0; i < policies.length; i += 1) {
      const policy = policies[i];
      if (!policy) continue;
      const verdict = policy.decide(exchange);
      if (verdict instanceof Promise) return rest(exchange, i, verdict).then(() => next(exchange));
      const refusal = judge(exchange, policy, verdict);
      if (refusal) return Promise.reject(refusal);
    }
    return next(exchange);
  };
}

/** Whoever leaves, or is out of time, waits no longer. */
function unlessCancelled({ cancellation }: Exchange, verdict: Verdict | Promise<Verdict>): Promise<Verdict> {
  const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
  const stop = cancellation.onCancel(reject);
  Promise.resolve(verdict).then(resolve, reject).finally(stop);
  return promise;
}

/** `challenges` where nobody is known: with one, a credential might help. */
export function refusalOf(
  { name, message, asksIdentity }: Policy,
  { detail = '' }: Verdict,
  challenges: readonly (readonly [name: string, value: string])[] = [],
): FrontdeskError {
  const text = `policy ${name}: ${detail}`;
  if (asksIdentity && challenges.length > 0) {
    return new FrontdeskError('unauthenticated', { detail: text, headers: challenges });
  }
  const members = { policy: name, ...(message === undefined ? {} : { reason: message }) };
  return new FrontdeskError('forbidden', { detail: text, members });
}
