/** The request that `frontdesk match` is asked about, from its arguments: as the listener would read it. */
import { HeaderFields } from '../core/headers.ts';
import { canonicalPath } from '../core/path.ts';
import type { RoutableRequest } from './request-view.ts';

/**
 * A message where the arguments are no request. A `Host` field wins over the URL's own host.
 * @throws FrontdeskError `bad_request` for a path that the gateway refuses.
 */
export function matchRequest(
  method: string,
  url: string,
  headers: readonly string[],
): RoutableRequest | string {
  const fields = new HeaderFields();
  for (const header of headers) {
    const colon = header.indexOf(':');
    if (colon <= 0) return `-H ${header}: expected 'name: value'`;
    fields.append(header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim());
  }
  const found = /^(?:(https?):\/\/([^/?#]+))?(\/[^?#]*)?(?:\?([^#]*))?/i.exec(url);
  const [whole = '', scheme, host, path, query = ''] = found ?? [];
  if (whole === '' || (host === undefined && path === undefined)) {
    return `${url}: expected a path that begins with / or an http:// URL`;
  }
  return {
    method: method.toUpperCase(),
    host: (fields.get('host') ?? host ?? 'localhost').toLowerCase(),
    path: canonicalPath(path ?? '/'),
    query,
    headers: fields,
    client: { scheme: scheme?.toLowerCase() ?? 'http' },
  };
}
