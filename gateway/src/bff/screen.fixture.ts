/** What tests of screens share: an exchange on a clock that they turn, callers, and backends that nobody calls. */
import { Cancellation } from '../core/abort.ts';
import { Deadline } from '../core/deadline.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import type { ManualClock } from '../core/manual-clock.ts';
import { Timeline } from '../core/timeline.ts';
import { partMaker } from './part.ts';
import type { OpenClients } from './part-run.ts';

export const part = partMaker<Record<never, never>>();
export const noClients: OpenClients = () => ({
  rest: {},
  graph: () => Promise.reject(new Error('no graph here')),
});

export function identityWith(...scopes: string[]): Identity {
  return {
    subject: 'u1',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(scopes),
    roles: [],
    scheme: 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

export function contextOn(clock: ManualClock, identity?: Identity): CallContext {
  const cancellation = new Cancellation();
  return {
    id: 'r1',
    client: undefined,
    host: undefined,
    identity,
    cancellation,
    deadline: new Deadline(clock, cancellation),
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
  };
}

/** Work of so many milliseconds on the clock. */
export function wait(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

export const never = () => new Promise<never>(() => {});
