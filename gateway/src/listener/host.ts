/** The authority a client names (RFC 9110 §7.2, RFC 3986 §3.2): a name or address, and perhaps a port. */

const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DOT = 0x2e;

/**
 * `authority` in canonical form (lower case, no trailing dot of the name), or `undefined` where it is none:
 * empty, with user information, a list, a path, a bad port, a label that is empty, or any character that no host name
 * holds.
 */
export function canonicalAuthority(authority: string): string | undefined {
  const { length } = authority;
  let nameEnd = 0;
  let upper = false;
  if (authority.charCodeAt(0) === OPEN) {
    nameEnd = authority.indexOf(']') + 1;
    if (nameEnd === 0 || !isIpv6Literal(authority, nameEnd)) return undefined;
    upper = true;
  } else {
    while (nameEnd < length) {
      const code = authority.charCodeAt(nameEnd);
      if (code === COLON) break;
      if (code === DOT && (nameEnd === 0 || authority.charCodeAt(nameEnd - 1) === DOT)) return undefined;
      if (code >= 0x41 && code <= 0x5a) upper = true;
      else if (!isNameCharacter(code)) return undefined;
      nameEnd += 1;
    }
  }
  if (nameEnd === 0 || !isPort(authority, nameEnd)) return undefined;
  let canonical = upper ? authority.toLowerCase() : authority;
  if (canonical.charCodeAt(nameEnd - 1) === DOT) {
    canonical = canonical.slice(0, nameEnd - 1) + canonical.slice(nameEnd);
  }
  return canonical;
}

/** Whether two canonical authorities name the same server for `scheme`: its default port may be left out. */
export function sameAuthority(one: string, other: string, scheme: 'http' | 'https'): boolean {
  if (one === other) return true;
  const defaultPort = scheme === 'http' ? ':80' : ':443';
  return one === other + defaultPort || other === one + defaultPort;
}

function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === DOT ||
    code === 0x5f
  );
}

function isIpv6Literal(text: string, end: number): boolean {
  if (end < 4) return false;
  for (let i = 1; i < end - 1; i += 1) {
    const code = text.charCodeAt(i);
    const lower = code | 0x20;
    const hex = (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
    if (!hex && code !== COLON && code !== DOT) return false;
  }
  return text.charCodeAt(end - 1) === CLOSE;
}

/** Whether what follows the name is nothing, or a colon and a port from 1 to 65535. */
function isPort(text: string, at: number): boolean {
  if (at === text.length) return true;
  if (text.charCodeAt(at) !== COLON || text.length - at > 6) return false;
  let port = 0;
  for (let i = at + 1; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port >= 1 && port <= 65_535;
}
