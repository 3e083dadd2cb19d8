/** An exchange for tests: everything real, the clock in the test's hand. */
import { Cancellation } from '../../core/abort.ts';
import { type Body, emptyBody } from '../../core/body.ts';
import { Deadline } from '../../core/deadline.ts';
import type { Exchange } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Timeline } from '../../core/timeline.ts';

export interface ExchangeOptions {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly host?: string;
  readonly body?: Body;
}

export function makeExchange(options: ExchangeOptions): { exchange: Exchange; clock: ManualClock } {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  const target = options.target ?? '/';
  const [path = '/', query = ''] = target.split('?', 2);
  const exchange: Exchange = {
    id: 'r-1',
    client: { address: options.address ?? '192.0.2.7', scheme: 'http' },
    host: options.host ?? 'api.example',
    method: options.method ?? 'GET',
    target,
    path,
    query,
    headers: HeaderFields.of(options.headers ?? {}),
    body: options.body ?? emptyBody,
    identity: undefined,
    route: undefined,
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
      state: undefined,
    },
    deadline: new Deadline(clock, cancellation),
    cancellation,
    timeline: new Timeline(() => clock.now()),
    charge: async () => {},
    error: undefined,
    requestBytes: 0,
  };
  return { exchange, clock };
}
