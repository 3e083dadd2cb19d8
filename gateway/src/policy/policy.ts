/** What says whether a request may go on: an expression here, or a decision point elsewhere. */
import type { Clock } from '../core/clock.ts';
import { causesOf, causeText } from './explain.ts';
import { compileExpression, failureText } from './expression.ts';
import { type PolicyInput, PolicyScope } from './input.ts';

export interface Verdict {
  readonly outcome: 'allowed' | 'denied' | 'error';
  /** For the log: what decided, without values. */
  readonly detail?: string | undefined;
  /** What the backend is to be told: names in lower case. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export const ALLOWED: Verdict = { outcome: 'allowed' };

export interface Policy {
  /** As configured; `inline` for one that a route says itself. */
  readonly name: string;
  /** What a refused caller reads. */
  readonly message: string | undefined;
  /** Whether it depends on who asks: somebody unknown is asked for a credential then. */
  readonly asksIdentity: boolean;
  /** Fields that it may set: what a client sends under them is none of its business. */
  readonly sets: readonly string[];
  /** Rejects with a `FrontdeskError` where nobody can tell. */
  decide(input: PolicyInput): Verdict | Promise<Verdict>;
}

export interface ExpressionPolicyOptions {
  readonly name: string;
  readonly source: string;
  readonly message?: string | undefined;
  /** Fields that carry credentials, beside those that always do. */
  readonly hidden: ReadonlySet<string>;
  readonly clock: Clock;
}

/** An expression that fails says no: what cannot be told is not allowed. */
export function expressionPolicy(options: ExpressionPolicyOptions): Policy {
  const { name, source, message, hidden, clock } = options;
  const expression = compileExpression(source);
  return {
    name,
    message,
    asksIdentity: expression.asksIdentity,
    sets: [],
    decide(input) {
      const scope = new PolicyScope(input, hidden, clock.wall());
      try {
        if (expression.evaluate(scope)) return ALLOWED;
      } catch (error) {
        return { outcome: 'error', detail: failureText(error) };
      }
      return { outcome: 'denied', detail: causeText(causesOf(expression, scope)) };
    },
  };
}
