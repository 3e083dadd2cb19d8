/**
 * What is looked at before a handshake is answered with 101. Browsers send cookies with every handshake, from whatever
 * page (cross-site WebSocket hijacking), and CORS does not hold them back: the page behind it must be one that may
 * come here. And the subprotocols that the client offers.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';

/** Refuses pages of other origins; and, where there are cookies, whoever does not say which page it is. */
export function checkOrigin(
  { headers, host, client }: Pick<Exchange, 'headers' | 'host' | 'client'>,
  allowed: ReadonlySet<string>,
): void {
  const cookies = headers.has('cookie');
  if (!headers.has('origin')) {
    if (cookies) throw forbidden('A handshake with cookies must say its Origin.');
    return;
  }
  const origin = headers.get('origin')?.toLowerCase() ?? '';
  const single = headers.count('origin') === 1;
  // Whoever can change what comes over http could speak as a page of that: it is none of ours where we are at https.
  const isOwn = origin === `https://${host}` || (client.scheme === 'http' && origin === `http://${host}`);
  if (single && (isOwn || allowed.has(origin))) return;
  if (single && allowed.has('*') && !cookies) return;
  throw forbidden('This origin may not open a WebSocket here.');
}

function forbidden(reason: string): FrontdeskError {
  return new FrontdeskError('forbidden', { detail: reason, members: { reason } });
}

/** A token of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MAX_SUBPROTOCOLS = 32;

/**
 * The subprotocols that a client offers, the dearest first. Throws `bad_request` where they are not distinct tokens
 * (RFC 6455 §4.1) or too many.
 */
export function offeredSubprotocols(headers: HeaderFields): readonly string[] {
  if (!headers.has('sec-websocket-protocol')) return [];
  const offered = headers
    .getAll('sec-websocket-protocol')
    .flatMap((value) => value.split(',').map((name) => name.trim()));
  const sound = offered.length <= MAX_SUBPROTOCOLS && offered.every((name) => TOKEN.test(name));
  if (sound && new Set(offered).size === offered.length) return offered;
  const reason = 'Sec-WebSocket-Protocol must be a list of distinct names.';
  throw new FrontdeskError('bad_request', { detail: reason, members: { reason } });
}
