/**
 * Cookies (RFC 6265bis): one by its name out of a request's fields, some cut out of them, and `Set-Cookie` for one of ours.
 * What a browser sends is `name=value` pairs between semicolons; quotes mean nothing.
 */
import type { HeaderFields } from '../core/headers.ts';

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** The value of a cookie, `undefined` where there is none; empty where there is more than one: nobody can tell which is right. */
export function soleCookie({ flat }: HeaderFields, name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    const field = flat[i + 1] ?? '';
    for (let at = field.indexOf(name); at >= 0; at = field.indexOf(name, at + 1)) {
      const end = at + name.length;
      if (field.charCodeAt(end) !== EQUALS || !beginsPair(field, at)) continue;
      if (found !== undefined) return '';
      const stop = field.indexOf(';', end);
      found = field.slice(end + 1, stop < 0 ? field.length : stop).trim();
    }
  }
  return found;
}

function beginsPair(field: string, at: number): boolean {
  for (let i = at - 1; i >= 0; i -= 1) {
    const code = field.charCodeAt(i);
    if (code === SEMICOLON) return true;
    if (code !== 0x20 && code !== 0x09) return false;
  }
  return true;
}

/** The names of all cookies, in order. */
export function cookieNames({ flat }: HeaderFields): string[] {
  const names: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] === 'cookie') for (const pair of (flat[i + 1] ?? '').split(';')) names.push(nameOf(pair));
  }
  return names;
}

/** The name of what belongs to a session's logins under way begins so. */
export function loginCookiePrefix(sessionCookie: string): string {
  return `${sessionCookie}-login-`;
}

/** A `cookie` field without a session's cookie and those of its logins; empty where none is left. */
export function withoutSession(field: string, name: string): string {
  if (!field.includes(name)) return field;
  const prefix = loginCookiePrefix(name);
  return field
    .split(';')
    .filter((pair) => {
      const own = nameOf(pair);
      return own !== name && !own.startsWith(prefix);
    })
    .join(';')
    .trim();
}

/**
 * Whether a `set-cookie` value is for a session's cookie or one of its logins, in any case: nobody but us gives those. A
 * cookie without a name whose value looks like a pair counts as well, since browsers send it back as that pair.
 */
export function setsSession(value: string, name: string): boolean {
  const stop = value.indexOf(';');
  const pair = (stop < 0 ? value : value.slice(0, stop)).replace(/^[=\s]+/, '');
  const own = nameOf(pair).toLowerCase();
  const session = name.toLowerCase();
  return own === session || own.startsWith(loginCookiePrefix(session));
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return (equals < 0 ? pair : pair.slice(0, equals)).trim();
}

export interface CookieSettings {
  /** Only over HTTPS. */
  readonly secure: boolean;
  readonly sameSite: 'Lax' | 'Strict';
  /** Seconds; 0 takes it away, `undefined` keeps it until the browser ends. */
  readonly maxAgeS?: number | undefined;
}

/** A `set-cookie` value: for this host alone, for every path, and never for scripts. The value must be plain. */
export function setCookie(
  name: string,
  value: string,
  { secure, sameSite, maxAgeS }: CookieSettings,
): string {
  const age = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`;
  return `${name}=${value}; Path=/${age}; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`;
}
