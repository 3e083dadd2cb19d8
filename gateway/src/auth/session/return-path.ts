/**
 * Where a browser goes after its login: a path of our own and nothing else (RFC 9700 §4.11: no open redirector). What
 * browsers read as another host (`//host`, `/\host`, a tab or line feed between) is none, and neither is what becomes one
 * when dots are resolved.
 */

/** Five logins under way, each with such a path sealed in its cookie, must leave room for other header fields. */
const MAX_CHARS = 1024;

/** The path as a browser resolves it, with its query; `undefined` for what leads elsewhere or is not allowed. */
export function returnPath(asked: string, allowed: readonly string[]): string | undefined {
  if (asked.length > MAX_CHARS || !isPlainPath(asked)) return undefined;
  const origin = 'http://own.invalid';
  if (!URL.canParse(asked, origin)) return undefined;
  const url = new URL(asked, origin);
  const { pathname, search } = url;
  if (url.origin !== origin || pathname.startsWith('//')) return undefined;
  return allowed.some((prefix) => isBelow(pathname, prefix)) ? pathname + search : undefined;
}

/** A path as routes are found by it; as it is where it cannot be decoded. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Begins with one slash, and has neither backslashes nor anything that is not visible ASCII: browsers drop or turn those. */
function isPlainPath(text: string): boolean {
  if (!text.startsWith('/') || text.startsWith('//')) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x5c) return false;
  }
  return true;
}

/** `/app` stands for itself and what is below it, `/` for everything. */
function isBelow(pathname: string, prefix: string): boolean {
  if (prefix.endsWith('/')) return pathname.startsWith(prefix);
  return pathname === prefix || pathname.startsWith(`${prefix}/`);
}
