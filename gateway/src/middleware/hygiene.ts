/**
 * Takes away, first of all, whatever a client says of itself under a name that backends trust, in any spelling: from
 * here on such a field can only be ours. (Framing and paths were checked before, by the listener.)
 */
import type { Middleware } from '../core/exchange.ts';
import { bareName, COMMONLY_TRUSTED, FORWARDING_FIELDS, rememberNames } from '../wire/trusted-fields.ts';

/** `identityHeaders` are the configured names of ours. */
export function hygiene(identityHeaders: readonly string[]): Middleware {
  const withheld = new Set([...COMMONLY_TRUSTED, ...FORWARDING_FIELDS, ...identityHeaders].map(bareName));
  const stays = rememberNames((name) => !withheld.has(bareName(name)));
  return (exchange, next) => {
    const { headers } = exchange;
    const { flat } = headers;
    for (let i = 0; i < flat.length; i += 2) {
      if (stays(flat[i] ?? '')) continue;
      headers.filter(stays);
      break;
    }
    return next(exchange);
  };
}
