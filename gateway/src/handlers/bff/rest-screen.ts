/** The REST face of a screen: `GET {mount}{path}`, every part in one JSON object. */
import type { Screen } from '../../bff/screen.ts';
import { WholeBody } from '../../core/body.ts';
import { type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { FaceParts } from './face-parts.ts';
import { readInput } from './input.ts';
import { beginScreen } from './request-runs.ts';

export function screenHandler(screen: Screen, parts: FaceParts): Handler {
  return async (exchange) => {
    const run = beginScreen(parts, screen, readInput(screen, exchange), exchange);
    try {
      const { values, incomplete } = await run.all();
      exchange.cancellation.throwIfCancelled();
      const fields = new HeaderFields([
        'content-type',
        'application/json; charset=utf-8',
        'cache-control',
        'no-store',
      ]);
      if (incomplete.length > 0) fields.append('frontdesk-incomplete', incomplete.join(', '));
      return makeReply(200, fields, new WholeBody(JSON.stringify(values)));
    } finally {
      run.close();
    }
  };
}
