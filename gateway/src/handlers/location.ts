/**
 * Where a backend sends clients: a path becomes the one that they know, another host's address goes unless it is
 * allowed. For `Location` and `Content-Location`, and for `Refresh`, which no standard knows and every browser follows.
 */
import { z } from 'zod';
import type { HeaderFields } from '../core/headers.ts';
import type { PathRestore } from './reshaping/path-restore.ts';

/** `to.redirectHosts` of a route. */
export const redirectHostsConfig = z
  .array(
    z.string().regex(/^(\*|([a-z0-9_-]+\.)*[a-z0-9_-]+(:\d{1,5})?|\[[0-9a-f:]+\](:\d{1,5})?)$/, {
      message: 'expected a host in lower case, with its port where it is not that of the scheme; or *',
    }),
  )
  .max(64)
  .describe(
    'Hosts, beside the one that was asked, to which the backend may send clients by Location; * for all. To none by default',
  );

export interface LocationRules {
  /** The way back of the route's own rewrite. */
  readonly restore: PathRestore;
  /** The way back through other routes of the same upstream. */
  readonly elsewhere: PathRestore | undefined;
  /** Whether a path is one of the route's own as clients know it; asked of whole URLs, which a backend may have been told. */
  readonly isPublic: (path: string) => boolean;
  /** Hosts, beside the client's own, to which a backend may send clients; `*` for every host. */
  readonly hosts: ReadonlySet<string>;
}

/** What was asked for, and what the backend was asked. */
export interface Asked {
  readonly host: string;
  readonly path: string;
  /** Path of the call, without its query. */
  readonly sent: string;
}

const FIELDS = ['location', 'content-location'] as const;

/** Changes the fields in place. `asked` is called where there is something to change. */
export function cleanLocations(headers: HeaderFields, rules: LocationRules, asked: () => Asked): void {
  for (const name of FIELDS) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const cleaned = cleanLocation(value, rules, asked());
    if (cleaned === undefined) headers.delete(name);
    else if (cleaned !== value) headers.set(name, cleaned);
  }
  const refresh = headers.get('refresh');
  if (refresh === undefined) return;
  const cleaned = cleanRefresh(refresh, rules, asked);
  if (cleaned === undefined) headers.delete('refresh');
  else if (cleaned !== refresh) headers.set('refresh', cleaned);
}

/** Seconds, and perhaps where to go then, as HTML's `http-equiv` has it. */
const REFRESH = /^\s*(\d{1,9})(?:\.[\d.]*)?\s*(?:[;,]\s*(?:url\s*=\s*)?(['"]?)(.*)\2\s*)?$/i;

function cleanRefresh(value: string, rules: LocationRules, asked: () => Asked): string | undefined {
  const [, seconds, , target = ''] = REFRESH.exec(value) ?? [];
  if (seconds === undefined) return undefined;
  if (target === '') return value;
  const cleaned = cleanLocation(target, rules, asked());
  return cleaned === undefined ? undefined : `${seconds}; url=${cleaned}`;
}

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:|^[/\\]{2}/;
const HTTP_ORIGIN = /^(?:https?:)?\/\/[^/?#\\]*/i;

function cleanLocation(value: string, rules: LocationRules, asked: Asked): string | undefined {
  // Browsers pass over a tab wherever it stands: `/<tab>/evil` would be a host.
  if (value.includes('\t')) return undefined;
  if (!ABSOLUTE.test(value)) {
    return value.startsWith('/') && !value.startsWith('/\\') ? withPath('', value, rules, asked) : value;
  }
  if (!URL.canParse(value, 'http://relative.invalid')) return undefined;
  const { host, protocol, pathname } = new URL(value, 'http://relative.invalid');
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  if (host !== asked.host.toLowerCase()) {
    return rules.hosts.has(host) || rules.hosts.has('*') ? value : undefined;
  }
  const origin = HTTP_ORIGIN.exec(value)?.[0];
  // A backend that knows our host from `X-Forwarded-Host` may know our paths as well.
  if (origin === undefined || rules.isPublic(pathname)) return value;
  return withPath(origin, value.slice(origin.length), rules, asked);
}

function withPath(origin: string, text: string, rules: LocationRules, asked: Asked): string {
  const end = text.search(/[?#]/);
  const path = end < 0 ? text : text.slice(0, end);
  if (path === '') return origin + text;
  const restored = rules.restore(path) ?? rules.elsewhere?.(path) ?? below(path, asked) ?? path;
  return origin + restored + (end < 0 ? '' : text.slice(end));
}

/** What stands below the path that was asked for still does: a collection and what was made in it. */
function below(path: string, asked: Asked): string | undefined {
  const { sent } = asked;
  if (path === sent) return asked.path;
  const prefix = sent.endsWith('/') ? sent : `${sent}/`;
  if (prefix === '/' || !path.startsWith(prefix)) return undefined;
  return `${asked.path.endsWith('/') ? asked.path : `${asked.path}/`}${path.slice(prefix.length)}`;
}
