/**
 * What proxies say of the way a request came: `X-Forwarded-For` with its companions, or `Forwarded` (RFC 7239). Read only
 * from peers that are trusted. Nothing in it makes it throw: what cannot be read tells nothing.
 */
import { formatAddress, parseAddress } from '../../core/ip-address.ts';

/** Hops that are looked at, the nearest ones. No request passes more proxies that one would trust. */
export const MAX_HOPS = 100;

/** One hop, as the proxy that took the request from it says. */
export interface ForwardedHop {
  /** In canonical text; `undefined` where it is `unknown`, obfuscated or no address. */
  readonly address: string | undefined;
  /** `Forwarded` alone says these here. */
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
}

/** The hops of all `X-Forwarded-For` fields in order, the nearest first. */
export function forwardedForHops(values: readonly string[]): ForwardedHop[] {
  return nearestElements(values).map((element) => ({ address: nodeAddress(element) }));
}

/** The elements of a comma-separated list over all its fields, the last first; empty ones do not count. */
export function nearestElements(values: readonly string[]): string[] {
  const elements: string[] = [];
  for (let i = values.length - 1; i >= 0; i -= 1) {
    const value = values[i] ?? '';
    let end = value.length;
    while (end >= 0 && elements.length < MAX_HOPS) {
      const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
      const element = value.slice(comma + 1, end).trim();
      if (element !== '') elements.push(element);
      end = comma;
    }
  }
  return elements;
}

/**
 * The hops of all `Forwarded` fields, the nearest first; `undefined` where a field is malformed. Then no part of it is sure,
 * not even what the nearest proxy added: a client may have opened a quotation before it.
 */
export function forwardedHops(values: readonly string[]): ForwardedHop[] | undefined {
  return parseElements(values.join(', '))
    ?.reverse()
    .slice(0, MAX_HOPS)
    .map((pairs) => ({
      address: nodeAddress(pairs.get('for') ?? ''),
      proto: pairs.get('proto'),
      host: pairs.get('host'),
    }));
}

/** The address of a node (RFC 7239 §6), which may carry a port and an IPv6 zone, or stand in brackets. */
export function nodeAddress(node: string): string | undefined {
  let text = node;
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0 || !isPort(text, end + 1)) return undefined;
    text = text.slice(1, end);
    if (!text.includes(':')) return undefined;
  } else {
    const colon = text.indexOf(':');
    if (colon >= 0 && colon === text.lastIndexOf(':')) {
      if (!isPort(text, colon)) return undefined;
      text = text.slice(0, colon);
    }
  }
  const zone = text.indexOf('%');
  const address = parseAddress(zone > 0 && text.includes(':') ? text.slice(0, zone) : text);
  return address && formatAddress(address);
}

/** Whether nothing follows, or a colon and digits (or an obfuscated port: it is not asked for). */
function isPort(text: string, at: number): boolean {
  return at === text.length || (text.charCodeAt(at) === 0x3a && at + 1 < text.length);
}

const TOKEN = "!#$%&'*+-.^_`|~";
/** What stands unquoted in fields of well-known proxies although it is no token: ports and addresses. */
const LENIENT = ':[]%';

/** The pairs of each element, names in lower case; `undefined` where the text is malformed. */
function parseElements(text: string): Map<string, string>[] | undefined {
  const elements: Map<string, string>[] = [];
  let pairs = new Map<string, string>();
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    if (at < text.length && text[at] !== ',' && text[at] !== ';') {
      const equals = endOfToken(text, at, '');
      const name = text.slice(at, equals).toLowerCase();
      if (equals === at || text[equals] !== '=' || pairs.has(name)) return undefined;
      const value = readValue(text, equals + 1);
      if (!value) return undefined;
      pairs.set(name, value.text);
      at = skipSpace(text, value.end);
    }
    if (at >= text.length || text[at] === ',') {
      if (pairs.size > 0) elements.push(pairs);
      if (at >= text.length) return elements;
      pairs = new Map();
    } else if (text[at] !== ';') return undefined;
    at += 1;
  }
}

function readValue(text: string, start: number): { text: string; end: number } | undefined {
  if (text[start] !== '"') {
    const end = endOfToken(text, start, LENIENT);
    return end === start ? undefined : { text: text.slice(start, end), end };
  }
  let value = '';
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '"') return { text: value, end: i + 1 };
    if (text[i] === '\\') i += 1;
    value += text[i] ?? '';
  }
  return undefined;
}

function endOfToken(text: string, start: number, more: string): number {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const lower = code | 0x20;
    const isPlain = (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
    if (!isPlain && !TOKEN.includes(text[end] ?? ' ') && !more.includes(text[end] ?? ' ')) break;
    end += 1;
  }
  return end;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}
