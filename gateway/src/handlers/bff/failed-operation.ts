/**
 * Which failure stands behind a GraphQL answer that is 200 all the same: that of a whole screen or flow. A part that is
 * missing, and what is the caller's own fault, is none.
 */
import type { GraphQLError } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';

export function failedOperation(
  errors: readonly Pick<GraphQLError, 'path' | 'originalError'>[] | undefined,
): FrontdeskError | undefined {
  for (const { path, originalError } of errors ?? []) {
    if (path?.length === 1 && originalError instanceof FrontdeskError && originalError.status >= 500)
      return originalError;
  }
  return undefined;
}
