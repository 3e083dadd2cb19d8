/** `Vary` (RFC 9110 §12.5.5): what of a request a reply depends on. */
import type { HeaderFields } from '../core/headers.ts';

/** Adds a name, once. */
export function appendVary(headers: HeaderFields, name: string): void {
  if (!headers.has('vary')) {
    headers.append('vary', name);
    return;
  }
  const vary = headers.getAll('vary').join(', ');
  const names = vary.split(',').map((one) => one.trim().toLowerCase());
  if (names.includes('*') || names.includes(name.toLowerCase())) return;
  headers.set('vary', vary === '' ? name : `${vary}, ${name}`);
}
