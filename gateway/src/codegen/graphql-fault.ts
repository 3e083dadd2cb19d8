/** A fault in GraphQL text as `file:line:column: message`. */
import { GraphQLError } from 'graphql';

/** `file`: where it is where the fault does not say. */
export function graphqlFault(error: unknown, file = ''): string {
  if (!(error instanceof GraphQLError))
    return `${file}: ${error instanceof Error ? error.message : String(error)}`;
  const at = error.locations?.[0];
  const name = error.source?.name ?? file;
  return at ? `${name}:${at.line}:${at.column}: ${error.message}` : `${name}: ${error.message}`;
}
