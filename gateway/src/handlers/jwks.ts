/** The gateway's own public keys, for backends to verify identity tokens with (RFC 7517). */
import { WholeBody } from '../core/body.ts';
import { type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';

/** New keys are published before they sign; who meets one that it does not know asks again anyway. */
const CACHE_CONTROL = 'public, max-age=300';

export function jwksHandler(published: () => unknown): Handler {
  return async () => {
    const headers = HeaderFields.of({
      'content-type': 'application/jwk-set+json',
      'cache-control': CACHE_CONTROL,
    });
    return makeReply(200, headers, new WholeBody(JSON.stringify(published())));
  };
}
