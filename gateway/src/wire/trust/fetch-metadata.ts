/**
 * Whether a browser sent a request for a page of ours: by Fetch Metadata (W3C), which browsers say and pages cannot, and for
 * those that do not say it by `Origin`, which every browser puts on a POST. Who says neither is no browser of today, and is
 * refused: a credential that a browser adds by itself must not be used by whoever makes it send something.
 */
import type { HeaderFields } from '../../core/headers.ts';

/** Methods that change nothing (RFC 9110 §9.2.1): a page that sends them from elsewhere cannot read the answer. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Why a request is not taken for one of our pages; `undefined` where it is one. `trusted`: origins, our own among them. */
export function foreignPage(headers: HeaderFields, trusted: ReadonlySet<string>): string | undefined {
  const origin = headers.get('origin');
  const site = headers.get('sec-fetch-site');
  if (headers.count('origin') > 1 || headers.count('sec-fetch-site') > 1) return 'more than one origin';
  if (origin !== undefined && trusted.has(origin.toLowerCase())) return undefined;
  // What a person did at the address bar, or by a bookmark, has no page behind it: an Origin beside it would be one.
  if (site === 'none' && origin === undefined) return undefined;
  if (site === 'same-origin') return undefined;
  if (site !== undefined) return 'sent for a page of another origin';
  return origin === undefined ? 'neither Sec-Fetch-Site nor Origin' : 'sent for a page of another origin';
}

/** Whether a browser is on its way to a page, as opposed to a script that asks for data. */
export function isNavigation(headers: HeaderFields): boolean {
  const mode = headers.get('sec-fetch-mode');
  if (mode !== undefined) {
    const dest = headers.get('sec-fetch-dest');
    return mode === 'navigate' && (dest === undefined || dest === 'document');
  }
  return headers.get('accept')?.includes('text/html') ?? false;
}
