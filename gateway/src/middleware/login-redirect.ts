/**
 * Takes a person who is on the way to a page, and nobody yet, to the login, and afterwards back to the page. Whoever asks
 * for data is answered with 401 as ever.
 */
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Middleware, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { isNavigation } from '../wire/trust/fetch-metadata.ts';

/** `login`: the path at which a login begins. */
export function loginRedirect(login: string): Middleware {
  return async (exchange, next) => {
    try {
      return await next(exchange);
    } catch (error) {
      const { method, headers, path, query } = exchange;
      if (!(error instanceof FrontdeskError) || error.status !== 401) throw error;
      if (method !== 'GET' || !isNavigation(headers)) throw error;
      const target = query === '' ? path : `${path}?${query}`;
      const fields = HeaderFields.of({
        location: `${login}?${new URLSearchParams({ return_to: target })}`,
        'cache-control': 'no-store',
        'content-length': '0',
      });
      for (const [name, value] of error.headers) if (name === 'set-cookie') fields.append(name, value);
      return makeReply(302, fields, emptyBody);
    }
  };
}
