/**
 * Takes away, first of all, whatever a client says of itself under a name that backends trust, in any spelling: from
 * here on such a field can only be ours. (Framing and paths were checked before, by the listener.)
 */
import type { Exchange, Middleware } from '../core/exchange.ts';
import {
  bareName,
  COMMONLY_TRUSTED,
  FORWARDING_FIELDS,
  rememberNames,
} from '../wire/trust/trusted-fields.ts';

/**
 * `identityHeaders` are the configured names of ours; what a client says in `tenantField` is kept aside for the match,
 * where the name of that field is one that backends trust.
 */
export function hygiene(identityHeaders: readonly string[], tenantField?: string): Middleware {
  const withheld = new Set([...COMMONLY_TRUSTED, ...FORWARDING_FIELDS, ...identityHeaders].map(bareName));
  const stays = rememberNames((name) => !withheld.has(bareName(name)));
  const keptAside = tenantField !== undefined && !stays(tenantField) ? tenantField : undefined;
  return (exchange, next) => {
    if (keptAside !== undefined) keepAside(exchange, keptAside);
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

function keepAside(exchange: Exchange, field: string): void {
  if (exchange.headers.has(field)) exchange.statedTenant = exchange.headers.getAll(field).join(', ');
}
