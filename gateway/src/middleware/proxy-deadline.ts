/**
 * How long an answer is still of use, as a trusted proxy says it for each request: the deadline is drawn that near, and
 * never pushed away. From anybody else the field is thrown away, and it goes no further.
 */
import type { Middleware } from '../core/exchange.ts';

/** What is over already is answered as late rather than not at all. */
const SHORTEST_MS = 1;
const DIGITS = 9;

/** After `clientAddress`, which tells who is trusted. `field` in lower case; `undefined` where no proxy says it. */
export function proxyDeadline(field: string | undefined): Middleware | undefined {
  if (field === undefined) return undefined;
  return (exchange, next) => {
    const { headers, client, deadline } = exchange;
    const said = headers.get(field);
    if (said === undefined) return next(exchange);
    const remainingMs = headers.count(field) === 1 ? wholeMs(said) : undefined;
    headers.delete(field);
    if (client.peer !== undefined && remainingMs !== undefined)
      deadline.within(Math.max(SHORTEST_MS, remainingMs));
    return next(exchange);
  };
}

function wholeMs(text: string): number | undefined {
  if (text.length === 0 || text.length > DIGITS) return undefined;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  return Number(text);
}
