/** Query parameters, each checked as it is read. */
import { Problem } from './problem.ts';

/** A query parameter as a whole number within bounds. Throws a `Problem` where it is none. */
export function integerParam(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new Problem(400, `'${name}' must be a whole number from 0 to ${max}`);
  }
  return value;
}

const MAX_IDS = 100;

/** The ids of `?ids=1,2,3` in their order, undefined where there is no such parameter. At most a hundred. */
export function idsParam(query: URLSearchParams): string[] | undefined {
  const text = query.get('ids');
  if (text === null) return undefined;
  const ids = text.split(',').filter((id) => id !== '');
  if (ids.length > MAX_IDS) throw new Problem(400, `'ids' holds at most ${MAX_IDS}`);
  return ids;
}

/** A query parameter that must be there. */
export function requiredParam(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new Problem(400, `'${name}' is required`);
  return value;
}
