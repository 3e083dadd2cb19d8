/**
 * Targeted cache control (RFC 9213): a field such as `CDN-Cache-Control` that speaks to one kind of cache. It is a
 * dictionary of structured fields (RFC 9651); one that does not parse is ignored, and the next on the list is looked at.
 * Where one holds, `Cache-Control` and `Expires` do not count.
 */
import type { Directive } from './directives.ts';

const KEY = /^[a-z*][a-z0-9_.*-]*/;
const INTEGER = /^-?\d{1,15}(?![\d.])/;
const DECIMAL = /^-?\d{1,12}\.\d{1,3}(?!\d)/;
const STRING = /^"(?:[ !#-[\]-~]|\\["\\])*"/;
const TOKEN = /^[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/;
const BOOLEAN = /^\?[01]/;
const BYTES = /^:[A-Za-z0-9+/=]*:/;
const BARE_ITEMS = [DECIMAL, INTEGER, STRING, TOKEN, BOOLEAN, BYTES];

/** Directives whose value is a number of seconds; of another type they are not there. */
const NUMERIC: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
]);

/** The directives of a targeted field; `undefined` where it is empty or no dictionary. */
export function parseTargeted(value: string): Directive[] | undefined {
  let rest = value.trim();
  if (rest === '') return undefined;
  const members = new Map<string, Directive>();
  for (;;) {
    const key = KEY.exec(lowerKey(rest))?.[0];
    if (key === undefined) return undefined;
    rest = rest.slice(key.length);
    let item: string | undefined;
    if (rest.startsWith('=')) {
      item = bareItem(rest.slice(1));
      if (item === undefined) return undefined;
      rest = rest.slice(1 + item.length);
    }
    const parameters = parametersLength(rest);
    if (parameters === undefined) return undefined;
    rest = rest.slice(parameters).trimStart();
    add(members, key, item);
    if (rest === '') return [...members.values()];
    if (!rest.startsWith(',')) return undefined;
    rest = rest.slice(1).trimStart();
    if (rest === '') return undefined;
  }
}

/** Keys are lower case in the RFC; caches take directives in any case. */
function lowerKey(text: string): string {
  return text.slice(0, 64).toLowerCase();
}

function bareItem(text: string): string | undefined {
  for (const pattern of BARE_ITEMS) {
    const item = pattern.exec(text)?.[0];
    if (item !== undefined) return item;
  }
  return undefined;
}

/** How much of `text` is parameters of the member before it; they mean nothing here. */
function parametersLength(text: string): number | undefined {
  let at = 0;
  while (text[at] === ';') {
    at += 1;
    while (text[at] === ' ') at += 1;
    const key = KEY.exec(lowerKey(text.slice(at)))?.[0];
    if (key === undefined) return undefined;
    at += key.length;
    if (text[at] !== '=') continue;
    const item = bareItem(text.slice(at + 1));
    if (item === undefined) return undefined;
    at += 1 + item.length;
  }
  return at;
}

/** The last of several members with one key counts (RFC 9651 §3.2). `x=?0` says that `x` does not hold. */
function add(members: Map<string, Directive>, name: string, item: string | undefined): void {
  members.delete(name);
  if (item === '?0') return;
  if (NUMERIC.has(name) && (item === undefined || !INTEGER.test(item))) return;
  const argument = item === undefined || item === '?1' ? undefined : item.replace(/^"(.*)"$/, '$1');
  members.set(name, { name, argument });
}
