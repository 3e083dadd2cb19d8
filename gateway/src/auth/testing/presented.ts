/** A request as schemes see it: what a test says of it, and else a GET of `/` over plain HTTP. */
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import type { Presented } from '../scheme.ts';

export function presented(
  headers: HeaderFields | Readonly<Record<string, string>>,
  more: Partial<Presented> = {},
): Presented {
  const fields = headers instanceof HeaderFields ? headers : HeaderFields.of(headers);
  return exchangeOn(new ManualClock(), { headers: fields, ...more });
}
