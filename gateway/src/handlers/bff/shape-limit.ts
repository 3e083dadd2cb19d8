/** The limits on a document's shape as a validation rule, so that Apollo Server's cache of documents knows the outcome. */
import { GraphQLError, type ValidationRule } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { checkLimits } from '../../graph/document/limits.ts';
import type { BffGraphqlConfig } from './graphql-config.ts';

export function shapeLimit(limits: BffGraphqlConfig['limits']): ValidationRule {
  return (context) => ({
    Document(document) {
      try {
        checkLimits(document, limits);
      } catch (thrown) {
        if (!(thrown instanceof FrontdeskError)) throw thrown;
        const message = String(thrown.members.reason ?? thrown.message);
        context.reportError(new GraphQLError(message, { extensions: { code: 'INVALID_QUERY' } }));
      }
    },
  });
}
