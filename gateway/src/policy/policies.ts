/** The policies of a configuration by name, made once for it: for routes, screens and fields of the graph alike. */
import type { Clock } from '../core/clock.ts';
import type { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { PoliciesConfig } from './config.ts';
import type { DecisionCache } from './decision-cache.ts';
import { DecisionPoint } from './decision-point.ts';
import { type CountDecision, decisionCounter, refusalOf } from './enforce.ts';
import { hiddenFields, type PolicyInput } from './input.ts';
import { expressionPolicy, type Policy, type Verdict } from './policy.ts';

/** What a route's own expression is called in metrics and refusals. */
const INLINE = 'inline';

export interface PoliciesOptions {
  readonly config: PoliciesConfig;
  /** Fields that carry credentials here, beside those that always do; lower case. */
  readonly credentialFields: readonly string[];
  readonly callUpstream: CallUpstream;
  /** A context without a client that ends after so many milliseconds. */
  readonly context: (deadlineMs: number) => CallContext;
  /** Decisions that were made, by what they depend on; they outlive a configuration. */
  readonly cacheFor: (key: string) => DecisionCache;
  readonly clock: Clock;
  readonly meter: Meter;
}

export class Policies {
  readonly count: CountDecision;
  readonly #named: ReadonlyMap<string, Policy>;
  readonly #options: PoliciesOptions;
  readonly #hidden: ReadonlySet<string>;

  constructor(options: PoliciesOptions) {
    this.#options = options;
    this.#hidden = hiddenFields(options.credentialFields);
    this.count = decisionCounter(options.meter);
    this.#named = new Map(Object.entries(options.config).map(([name, one]) => [name, this.#open(name, one)]));
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  /** @throws RangeError for a name that no policy has. */
  get(name: string): Policy {
    const policy = this.#named.get(name);
    if (policy) return policy;
    throw new RangeError(`no policy is named ${name}`);
  }

  /** Those of these names, in their order, and then the expression; each once. @throws RangeError */
  of(names: readonly string[], expression: string | undefined): readonly Policy[] {
    const named = [...new Set(names)].map((name) => this.get(name));
    return expression === undefined ? named : [...named, this.#expression(INLINE, expression, undefined)];
  }

  /** Those of the names that hold for a caller, all asked at once. Rejects where nobody can tell of one. */
  held(names: readonly string[], input: PolicyInput): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    const verdicts = names.map((name) => this.get(name).decide(input));
    const settled = verdicts.filter((verdict): verdict is Verdict => !(verdict instanceof Promise));
    if (settled.length === verdicts.length) return this.#allowed(names, settled);
    return Promise.all(verdicts).then((all) => this.#allowed(names, all));
  }

  /** Why a caller is refused by one of these names, the first in their order; rejects where nobody can tell. */
  refusal(
    names: readonly string[],
    input: PolicyInput,
  ): FrontdeskError | undefined | Promise<FrontdeskError | undefined> {
    const held = this.held(names, input);
    const first = (set: ReadonlySet<string>): FrontdeskError | undefined => {
      const name = names.find((one) => !set.has(one));
      return name === undefined ? undefined : refusalOf(this.get(name), { outcome: 'denied' });
    };
    return held instanceof Promise ? held.then(first) : first(held);
  }

  #allowed(names: readonly string[], verdicts: readonly Verdict[]): ReadonlySet<string> {
    for (const [i, name] of names.entries()) this.count(name, verdicts[i]?.outcome ?? 'error');
    return new Set(names.filter((_, i) => verdicts[i]?.outcome === 'allowed'));
  }

  #open(name: string, config: PoliciesConfig[string]): Policy {
    const { message } = config;
    if ('allow' in config) return this.#expression(name, config.allow, message);
    const { callUpstream, context, cacheFor, clock } = this.#options;
    return new DecisionPoint({
      name,
      config: config.opa,
      message,
      hidden: this.#hidden,
      callUpstream,
      context,
      cache: cacheFor(JSON.stringify([name, config.opa])),
      clock,
    });
  }

  #expression(name: string, source: string, message: string | undefined): Policy {
    return expressionPolicy({ name, source, message, hidden: this.#hidden, clock: this.#options.clock });
  }
}
