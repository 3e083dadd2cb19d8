/**
 * How values of a configuration are written that came from elsewhere: `${ADMIN_TOKEN}`, `file:/run/secrets/key`. Whoever
 * shows a configuration shows these in place of the values.
 */
import { formatPath } from './fault.ts';
import { type Node, scalars } from './tree.ts';

/** By setting, as `admin.token` or `auth.session.keys[0]`: the text as written. */
export type Written = ReadonlyMap<string, string>;

export function writtenValues(root: Node): Written {
  const written = new Map<string, string>();
  for (const [scalar, path] of scalars(root)) {
    if (scalar.origin !== undefined) written.set(formatPath(path), scalar.origin);
  }
  return written;
}
