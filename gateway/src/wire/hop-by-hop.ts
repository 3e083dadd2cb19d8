/**
 * Hop-by-hop fields (RFC 9110 §7.6.1): what belongs to one connection and must not cross the gateway, in either
 * direction. Names listed by `Connection` go first, then `Connection` itself and the fixed set. What frames or
 * authorises a message can never be nominated: obeying that would let a client unframe or unauthorise it.
 */
import type { HeaderFields } from '../core/headers.ts';

/** More nominations than any honest client sends. */
export const MAX_CONNECTION_TOKENS = 100;

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  // No field of HTTP, but CGI programs take it for the address of a proxy to use (httpoxy).
  'proxy',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Fields that a `Connection` header may not take away. */
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'content-type',
  'cookie',
]);

/**
 * Whether a lower-case name is hop-by-hop by itself. All of `Proxy-*` counts, but for `Proxy-Status`
 * (RFC 9209), which is meant for the client.
 */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name) || (name.startsWith('proxy-') && name !== 'proxy-status');
}

/**
 * As `isHopByHop`, where other signs stand for the hyphens too: there are servers to which `Transfer_Encoding` is
 * `Transfer-Encoding`.
 */
export function readsAsHopByHop(name: string): boolean {
  return isHopByHop(name) || isHopByHop(name.replace(/[^a-z0-9]/g, '-'));
}

/**
 * The names that `Connection` lists, in lower case, without the options `close` and `keep-alive`. `undefined`
 * where it lists none, which is nearly always.
 */
export function connectionNominations(headers: HeaderFields): string[] | undefined {
  let names: string[] | undefined;
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'connection') continue;
    const value = (flat[i + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    for (const part of value.split(',')) {
      const token = part.trim();
      if (token === '' || token === 'keep-alive' || token === 'close') continue;
      names ??= [];
      names.push(token);
    }
  }
  return names;
}

/** What is wrong with a message's `Connection` header, in words for the log; `undefined` when it may pass. */
export function connectionFault(headers: HeaderFields): string | undefined {
  const names = connectionNominations(headers);
  if (!names) return undefined;
  if (names.length > MAX_CONNECTION_TOKENS) {
    return `Connection lists ${names.length} options, more than ${MAX_CONNECTION_TOKENS}`;
  }
  for (const name of names) if (NEVER_NOMINATED.has(name)) return `Connection lists ${name}`;
  return undefined;
}
