/** Contexts, exchanges and callers for tests: all of them real, on the clock that a test chooses. */
import { Cancellation } from '../abort.ts';
import { type Body, emptyBody } from '../body.ts';
import type { Clock } from '../clock.ts';
import { Deadline } from '../deadline.ts';
import type { CallContext, Exchange } from '../exchange.ts';
import { HeaderFields } from '../headers.ts';
import type { Identity } from '../identity.ts';
import { ManualClock } from '../manual-clock.ts';
import { Timeline } from '../timeline.ts';

/** A caller without a plan or a right, but for what a test says otherwise. */
export function makeIdentity(more: Partial<Identity> = {}): Identity {
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

/** The context of calls that no client caused; its deadline is open. */
export function contextOn(clock: Clock, identity?: Identity): CallContext {
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

/** A GET of `/`, but for what a test says otherwise. */
export function exchangeOn(clock: Clock, more: Partial<Exchange> = {}): Exchange {
  return {
    ...contextOn(clock),
    client: { address: '192.0.2.1', scheme: 'http' },
    host: 'api.example',
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    headers: new HeaderFields(),
    body: emptyBody,
    identity: undefined,
    route: undefined,
    charge: async () => {},
    error: undefined,
    requestBytes: 0,
    ...more,
  };
}

export interface ExchangeOptions {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly host?: string;
  readonly body?: Body;
  readonly identity?: Identity | undefined;
}

/** An exchange as a client's request makes it, traced, on a clock in the test's hand. */
export function makeExchange(options: ExchangeOptions = {}): { exchange: Exchange; clock: ManualClock } {
  const clock = new ManualClock();
  const { method = 'GET', target = '/', headers = {}, host = 'api.example', body = emptyBody } = options;
  const [path = '/', query = ''] = target.split('?', 2);
  const exchange = exchangeOn(clock, {
    id: 'r-1',
    client: { address: options.address ?? '192.0.2.7', scheme: 'http' },
    host,
    method,
    target,
    path,
    query,
    headers: HeaderFields.of(headers),
    body,
    identity: options.identity,
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
      state: undefined,
    },
  });
  return { exchange, clock };
}
