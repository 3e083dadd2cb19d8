/**
 * Unions of maps that a key of each kind tells apart, such as a route's `to`: where a map has the keys of two kinds, or
 * of none, that is the fault, rather than what one of the kinds makes of the rest.
 */
import { z } from 'zod';
import { nearest } from './nearest.ts';

interface Kind {
  /** The key that this kind must have and no other knows. */
  readonly mark: string;
  readonly keys: readonly string[];
}

/** The fault of a map with these keys; `undefined` where it is of one kind, may be meant as one, or kinds have no marks. */
export function kindFault(union: z.ZodUnion, keys: readonly string[]): string | undefined {
  const kinds = kindsOf(union);
  if (!kinds) return undefined;
  const marks = kinds.map(({ mark }) => mark);
  const found = marks.filter((mark) => keys.includes(mark));
  if (found.length === 1) return undefined;
  const expected = `expected exactly one of ${marks.join(', ')}`;
  if (found.length > 1) return `${expected}, not ${found.join(' and ')}`;
  const known = kinds.flatMap((kind) => kind.keys);
  if (keys.some((key) => nearest(key, known) !== undefined)) return undefined;
  return keys.length > 0 ? `${expected}, not ${keys.join(' and ')}` : `${expected}; there is none`;
}

function kindsOf({ options }: z.ZodUnion): readonly Kind[] | undefined {
  const shapes = options.flatMap((option) => (option instanceof z.ZodObject ? [option.shape] : []));
  if (shapes.length < 2) return undefined;
  const kinds: Kind[] = [];
  for (const shape of shapes) {
    const others = shapes.filter((other) => other !== shape);
    const keys = Object.keys(shape);
    const mark = keys.find((key) => isRequired(shape[key]) && others.every((other) => !(key in other)));
    if (mark === undefined) return undefined;
    kinds.push({ mark, keys });
  }
  return kinds;
}

/** Not so where a default stands in for it. */
function isRequired(schema: unknown): boolean {
  return schema instanceof z.ZodType && !schema.safeParse(undefined).success;
}
