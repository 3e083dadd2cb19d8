/** The schema that operations on the graph are typed by: a supergraph as its clients see it, or an API schema as it is. */
import { readFile } from 'node:fs/promises';
import { buildASTSchema, type GraphQLSchema, parse, Source, validateSchema } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import { loadSupergraph } from '../graph/supergraph/supergraph.ts';
import { graphqlFault } from './graphql-fault.ts';
import { TypesError } from './types-error.ts';

/** `shown`: what messages call the file. Rejects with a `TypesError`. */
export async function readApiSchema(file: string, shown: string): Promise<GraphQLSchema> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new TypesError([`${shown}: cannot be read`]);
  }
  try {
    if (/\benum\s+join__Graph\b/.test(text)) {
      const { schema, planner } = await loadSupergraph(text);
      planner.close();
      return schema;
    }
    const schema = buildASTSchema(parse(new Source(text, shown)), { assumeValidSDL: true });
    const faults = validateSchema(schema).map((error) => graphqlFault(error));
    if (faults.length > 0) throw new TypesError(faults);
    return schema;
  } catch (error) {
    if (error instanceof TypesError) throw error;
    throw new TypesError([
      error instanceof FrontdeskError
        ? `${shown}: ${error.detail ?? error.message}`
        : graphqlFault(error, shown),
    ]);
  }
}
