/** What is said before a run begins, and to who asks for one that began already. */
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Flow } from './flow.ts';
import type { KnownRun } from './flow-journal.ts';
import { type FlowOutcome, readRecord } from './flow-record.ts';

export const IN_USE_RETRY_S = 1;

export function inUse(): FrontdeskError {
  return new FrontdeskError('idempotency_key_in_use', { retryAfterS: IN_USE_RETRY_S });
}

/** What a run that is known says to who asks again; `undefined` while it is under way. */
export function toldBy({ state, document }: KnownRun, fingerprint: string): FlowOutcome | undefined {
  const record = readRecord(document);
  if (!record) throw new FrontdeskError('flow_unsettled', { detail: 'a run whose record cannot be read' });
  if (record.fingerprint !== fingerprint) throw new FrontdeskError('idempotency_key_reused');
  if (state === 'open') return undefined;
  if (record.outcome) return record.outcome;
  throw new FrontdeskError('flow_unsettled', { detail: record.reason ?? 'a run without an outcome' });
}

/** Of the flow and all of its required steps; nothing has begun. */
export function checkScopes({ field, scopes, steps }: Flow, { identity }: CallContext): void {
  const required = Object.values(steps).flatMap((step) => (step.optional ? [] : step.scopes));
  const asked = [...scopes, ...required];
  if (asked.length === 0) return;
  if (!identity) throw new FrontdeskError('unauthenticated');
  const missing = asked.filter((scope) => !identity.scopes.has(scope));
  if (missing.length > 0) {
    throw new FrontdeskError('insufficient_scope', { detail: `flow ${field} needs ${missing.join(' ')}` });
  }
}
