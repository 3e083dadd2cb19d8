/** Sends requests to a graph handler without a socket, and reads what comes back. */
import { type Body, collect, emptyBody, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import type { Exchange, Handler } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';

export interface SentToGraph {
  readonly method?: string;
  /** Without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly charge?: Exchange['charge'];
}

export interface GraphAnswer {
  readonly status: number;
  readonly headers: HeaderFields;
  // A test reads whatever it expects.
  readonly json: ReturnType<typeof JSON.parse>;
  readonly text: string;
}

export function graphExchange(sent: SentToGraph): Exchange {
  return exchangeOn(systemClock, {
    method: sent.method ?? 'POST',
    target: '/graphql',
    path: '/graphql',
    query: sent.query ?? '',
    headers: HeaderFields.of(sent.headers ?? { 'content-type': 'application/json' }),
    body: sent.body ?? emptyBody,
    charge: sent.charge ?? (async () => {}),
  });
}

export async function sendToGraph(handler: Handler, sent: SentToGraph): Promise<GraphAnswer> {
  const reply = await handler(graphExchange(sent));
  const text = Buffer.from(await collect(reply.body, 10_000_000, () => new Error('too large'))).toString();
  return { status: reply.status, headers: reply.headers, json: JSON.parse(text), text };
}

/** A POST of this JSON (or of this text as it is). */
export function posted(body: unknown, more: Partial<SentToGraph> = {}): SentToGraph {
  return {
    ...more,
    headers: { 'content-type': 'application/json', ...more.headers },
    body: new WholeBody(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

/** A GET with these parameters; maps are sent as JSON. */
export function got(
  parameters: Readonly<Record<string, unknown>>,
  more: Partial<SentToGraph> = {},
): SentToGraph {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    query.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return { method: 'GET', headers: {}, ...more, query: query.toString() };
}
