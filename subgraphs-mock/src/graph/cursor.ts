/** Pages of a list that is found anew for each: a cursor names the last member of a page, and is opaque to clients. */
import { badUserInput, type PageArgs } from './arguments.ts';

export interface CursorArgs extends PageArgs {
  readonly after?: string | null;
}

export interface Page<T> {
  readonly total: number;
  readonly nodes: readonly T[];
  readonly nextCursor: string | null;
}

/** The members behind the cursor; refuses a cursor of another list. */
export function pageOf<T>(
  list: readonly T[],
  idOf: (member: T) => string,
  { first, after }: CursorArgs,
  fallback: number,
  max: number,
): Page<T> {
  const size = first ?? fallback;
  if (size < 0 || size > max) throw badUserInput(`'first' must be from 0 to ${max}`);
  const begin = after === null || after === undefined ? 0 : placeOf(list, idOf, after) + 1;
  const nodes = list.slice(begin, begin + size);
  const last = nodes.at(-1);
  const isMore = last !== undefined && begin + size < list.length;
  return { total: list.length, nodes, nextCursor: isMore ? cursorOf(idOf(last)) : null };
}

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function placeOf<T>(list: readonly T[], idOf: (member: T) => string, cursor: string): number {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  const at = list.findIndex((member) => idOf(member) === id);
  if (at < 0) throw badUserInput("'after' is no cursor of this list");
  return at;
}
