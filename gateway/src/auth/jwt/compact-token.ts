/**
 * The outer form of a JWT, before anything of it is decoded: three parts of base64url (RFC 7515 §7.1) without padding and
 * as an encoder writes it, and nowhere in its JSON a member twice (RFC 7515 §4, RFC 7519 §4), since two readers might take
 * two different ones.
 */
import { isUtf8 } from 'node:buffer';

/** Whether a text has the form of a signed compact token. Five parts (encrypted) are not that. */
export function isCompactToken(text: string): boolean {
  let dots = 0;
  let partStart = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code !== DOT) {
      if (sextet(code) < 0) return false;
    } else {
      if (!endsAsEncoded(text, partStart, i)) return false;
      dots += 1;
      partStart = i + 1;
    }
  }
  return dots === 3;
}

const DOT = 0x2e;

/** The bits behind the last whole byte must be none (RFC 4648 §3.5): else one token could be written in several ways. */
function endsAsEncoded(text: string, start: number, end: number): boolean {
  if (end === start) return false;
  const rest = (end - start) % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  return (sextet(text.charCodeAt(end - 1)) & (rest === 2 ? 0b1111 : 0b11)) === 0;
}

/** What a letter of base64url stands for; -1 where it is none. */
function sextet(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code === 0x2d) return 62;
  return code === 0x5f ? 63 : -1;
}

/** Whether any object in a JSON text has a member twice. The text must have been parsed before: it is sound. */
export function hasDuplicateMember(json: string): boolean {
  /** The names of each object that is open; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let expectsName = false;
  for (let i = 0; i < json.length; i += 1) {
    const char = json[i];
    if (char === '"') {
      const start = i;
      for (i += 1; json[i] !== '"' && i < json.length; i += 1) if (json[i] === '\\') i += 1;
      const names = open.at(-1);
      if (!names || !expectsName) continue;
      const memberName: unknown = JSON.parse(json.slice(start, i + 1));
      if (typeof memberName !== 'string' || names.has(memberName)) return true;
      names.add(memberName);
      expectsName = false;
    } else if (char === '{' || char === '[') {
      expectsName = char === '{';
      open.push(expectsName ? new Set() : undefined);
    } else if (char === '}' || char === ']') {
      open.pop();
      expectsName = false;
    } else if (char === ',') {
      expectsName = open.at(-1) !== undefined;
    }
  }
  return false;
}

/** A part of a compact token (0 is the header, 1 the payload) as text; `undefined` where it is not UTF-8. */
export function partText(token: string, part: 0 | 1): string | undefined {
  const first = token.indexOf('.');
  const written = part === 0 ? token.slice(0, first) : token.slice(first + 1, token.lastIndexOf('.'));
  const bytes = Buffer.from(written, 'base64url');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** The `iss` that a token claims, before anything is verified: good for choosing whom to ask, and for nothing else. */
export function unverifiedIssuer(token: string): string | undefined {
  if (!isCompactToken(token)) return undefined;
  try {
    const claims: unknown = JSON.parse(partText(token, 1) ?? '');
    if (typeof claims !== 'object' || claims === null || !('iss' in claims)) return undefined;
    return typeof claims.iss === 'string' ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}
