import { Cancellation } from '../../core/abort.ts';
import { emptyBody } from '../../core/body.ts';
import { Deadline } from '../../core/deadline.ts';
import type { Exchange } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Timeline } from '../../core/timeline.ts';

/** An exchange for tests of steps: a GET of `/`, but for what a test says otherwise. */
export function fakeExchange(more: Partial<Exchange>): Exchange {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  return {
    id: 'r1',
    client: { address: '192.0.2.1', scheme: 'http' },
    host: 'localhost',
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    headers: new HeaderFields(),
    body: emptyBody,
    identity: undefined,
    route: undefined,
    deadline: new Deadline(clock, cancellation),
    cancellation,
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
    charge: async () => {},
    error: undefined,
    requestBytes: 0,
    ...more,
  };
}

export function fakeIdentity(more: Partial<Identity>): Identity {
  return {
    subject: 'u1',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(),
    roles: [],
    scheme: 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
    ...more,
  };
}
