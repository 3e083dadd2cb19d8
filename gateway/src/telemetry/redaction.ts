/**
 * Secrets out of what is logged. A query parameter whose name speaks of a secret keeps its name and loses its
 * value, as do credentials before a host. The name decides, as it is after percent-decoding: `to%6Ben` is `token`.
 */
import { unescape as percentDecoded } from 'node:querystring';

export const REDACTED = '[redacted]';

/** Names that are secrets as a whole; compared in lower case without `-` and `_`. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'key',
  'code',
  'auth',
  'authorization',
  'jwt',
  'sig',
  'signature',
  'pass',
  'passwd',
  'pwd',
  'pin',
  'otp',
  'sid',
  'session',
  'sessionid',
  'assertion',
  'cookie',
]);
/** Words that make a secret of any name they stand in: `access_token`, `client-secret`, `apiKey`. */
const SECRET_WORDS = ['token', 'secret', 'password', 'apikey', 'credential', 'signature', 'privatekey'];

/** Whether a parameter, a field or a claim of this name holds a secret. */
export function speaksOfSecret(written: string): boolean {
  const name = plainName(written);
  return SECRET_NAMES.has(name) || SECRET_WORDS.some((word) => name.includes(word));
}

export type UrlRedactor = (target: string) => string;

/** `extra` are further parameter names, in any case. Remembers what it decided for the last names it saw. */
export function urlRedactor(extra: readonly string[] = []): UrlRedactor {
  const configured = new Set(extra.map(plainName));
  const remembered = new Map<string, boolean>();
  const isSecret = (written: string): boolean => {
    const known = remembered.get(written);
    if (known !== undefined) return known;
    const secret = speaksOfSecret(written) || configured.has(plainName(written));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(written, secret);
    return secret;
  };
  const redact = (target: string, depth: number): string => {
    const at = target.indexOf('?');
    const path = target.startsWith('/') ? target : withoutCredentials(target);
    if (at < 0) return path;
    const shift = path.length - target.length;
    return redactQuery(path, at + shift + 1, (name, value) => {
      if (isSecret(name)) return REDACTED;
      return depth < MOST_NESTED && NESTED_QUERY.test(value) ? nested(value, depth) : undefined;
    });
  };
  // Where somebody goes after a login is a parameter of it, with all that is in its own query.
  const nested = (value: string, depth: number): string | undefined => {
    const inner = percentDecoded(value);
    const shown = redact(inner, depth + 1);
    return shown === inner ? undefined : encodeURIComponent(shown);
  };
  return (target) => redact(target, 0);
}

const NESTED_QUERY = /\?|%3f/i;
const MOST_NESTED = 3;

const MOST_REMEMBERED = 1_000;

/** `shownFor`: what is shown for a value; `undefined` for the value itself. */
function redactQuery(
  target: string,
  start: number,
  shownFor: (name: string, value: string) => string | undefined,
): string {
  let out = '';
  let copied = 0;
  let from = start;
  while (from < target.length) {
    let end = target.indexOf('&', from);
    if (end < 0) end = target.length;
    const equals = target.indexOf('=', from);
    if (equals >= 0 && equals < end) {
      const shown = shownFor(target.slice(from, equals), target.slice(equals + 1, end));
      if (shown !== undefined) {
        out += target.slice(copied, equals + 1) + shown;
        copied = end;
      }
    }
    from = end + 1;
  }
  return copied === 0 ? target : out + target.slice(copied);
}

function plainName(written: string): string {
  // What is no percent-encoding after all is judged as written.
  const name = written.includes('%') ? percentDecoded(written) : written;
  return name.toLowerCase().replaceAll('-', '').replaceAll('_', '');
}

/** `http://user:pass@host/` (an absolute-form target or a configured URL) without what stands before the `@`. */
export function withoutCredentials(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme < 0) return url;
  const start = scheme + 3;
  let end = start;
  while (end < url.length && !'/?#'.includes(url[end] ?? '')) end += 1;
  const at = url.lastIndexOf('@', end - 1);
  return at < start ? url : `${url.slice(0, start)}${REDACTED}${url.slice(at)}`;
}
