/**
 * Secondary keys (RFC 9111 §4.1): which request fields a reply depends on, and what they said. Values are compared after
 * what is known to change nothing: white space around commas, the split into lines; for lists of preferences also case
 * and order, as their weights say what comes first.
 */
import type { HeaderFields } from '../../core/headers.ts';

/** Fields whose members are weighted, so that their order says nothing. */
const PREFERENCES: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
]);

/** The names in `Vary`, lower case, sorted, once each. `undefined` for `*`: no other request will ever match. */
export function varyNames(headers: HeaderFields): string[] | undefined {
  if (!headers.has('vary')) return [];
  const names = new Set<string>();
  for (const line of headers.getAll('vary')) {
    for (const member of line.split(',')) {
      const name = member.trim().toLowerCase();
      if (name === '*') return undefined;
      if (name !== '') names.add(name);
    }
  }
  return [...names].sort();
}

/** What a request says under `name`, comparable; `undefined` where it says nothing. */
export function varyValue(name: string, headers: HeaderFields): string | undefined {
  if (!headers.has(name)) return undefined;
  const members: string[] = [];
  for (const line of headers.getAll(name)) {
    for (const member of line.split(',')) {
      const trimmed = member.trim();
      if (trimmed !== '') members.push(trimmed);
    }
  }
  if (!PREFERENCES.has(name)) return members.join(',');
  return members
    .map((member) => member.toLowerCase().replaceAll(' ', ''))
    .sort()
    .join(',');
}
