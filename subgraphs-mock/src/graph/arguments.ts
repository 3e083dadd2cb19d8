/** Checks that several subgraphs make: page sizes, and who is asking. */
import { GraphQLError } from 'graphql';
import type { User } from '../data/types.ts';
import type { GraphContext } from './module.ts';

export interface PageArgs {
  readonly first?: number | null;
}

export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** The beginning of a list: `first` members, `fallback` of them where an explicit null was given. */
export function page<T>(
  list: readonly T[],
  { first }: PageArgs,
  fallback: number,
  max: number,
): readonly T[] {
  const size = first ?? fallback;
  if (size < 0 || size > max) throw badUserInput(`'first' must be from 0 to ${max}`);
  return list.slice(0, size);
}

/** The user on whose behalf a request is made; refuses a request of nobody. */
export function requireUser({ data, userId }: GraphContext): User {
  const user = userId === undefined ? undefined : data.users.get(userId);
  if (user) return user;
  throw new GraphQLError('This needs a user', { extensions: { code: 'UNAUTHENTICATED' } });
}
