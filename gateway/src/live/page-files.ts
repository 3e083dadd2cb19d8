/** The page's own files, as they lie beside this one. Nothing else is loaded, from here or elsewhere: the policy says so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyBody, WholeBody } from '../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';

const FIELDS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const SCRIPTS = [
  'page',
  'dom',
  'figures',
  'follow',
  'overview',
  'sparkline',
  'backends',
  'requests',
  'waterfall',
  'routes',
  'try-it',
  'graph',
  'limits',
  'configuration',
  'workers',
];

/** By the path under which it is asked for. */
const FILES = new Map<string, readonly [file: string, type: string]>([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/login', ['login.html', 'text/html; charset=utf-8']],
  ['/page/style.css', ['style.css', 'text/css; charset=utf-8']],
  ['/page/tokens.css', ['tokens.css', 'text/css; charset=utf-8']],
  ['/page/login.css', ['login.css', 'text/css; charset=utf-8']],
  ['/page/icon.svg', ['icon.svg', 'image/svg+xml']],
  ...SCRIPTS.map((name) => [`/page/${name}.js`, [`${name}.js`, 'text/javascript; charset=utf-8']] as const),
]);

/** What the login page is made of: it tells nothing, and whoever is to log in must see it. */
const OPEN: ReadonlySet<string> = new Set([
  '/login',
  '/page/login.css',
  '/page/tokens.css',
  '/page/icon.svg',
]);

export function isPageFile(path: string): boolean {
  return FILES.has(path);
}

export function isOpenFile(path: string): boolean {
  return OPEN.has(path);
}

const read = new Map<string, Buffer>();

/** `undefined` where there is no such file. */
export function pageFile(exchange: Exchange, path = exchange.path, status = 200): Reply | undefined {
  const [file, type] = FILES.get(path) ?? [];
  if (file === undefined || type === undefined) return undefined;
  let bytes = read.get(file);
  if (!bytes) {
    bytes = readFileSync(join(import.meta.dirname, 'page', file));
    read.set(file, bytes);
  }
  const headers = HeaderFields.of({
    ...FIELDS,
    'content-type': type,
    'content-length': String(bytes.length),
  });
  return makeReply(status, headers, exchange.method === 'HEAD' ? emptyBody : new WholeBody(bytes));
}
