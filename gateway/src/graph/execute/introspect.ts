/** Answers `__schema` and `__type`: by graphql-js, synchronously, from the schema alone. */
import { type DocumentNode, execute, type GraphQLSchema } from 'graphql';
import { setOwn } from './data.ts';
import type { Run } from './run.ts';

/** Adds what these fields say to the data of a run. */
export function introspect(schema: GraphQLSchema, document: DocumentNode, run: Run): void {
  const result = execute({ schema, document, variableValues: run.variables });
  if (result instanceof Promise || !('data' in result) || !result.data) return;
  for (const key of Object.keys(result.data)) setOwn(run.data, key, result.data[key]);
}
