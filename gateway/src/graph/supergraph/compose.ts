/**
 * Composition of subgraph schemas into a supergraph, by the reference implementation (`@apollo/composition`,
 * Elastic licence 2.0). Loaded on use: a gateway that is given a supergraph never loads it.
 */
import { type DocumentNode, GraphQLError, parse } from 'graphql';

export interface SubgraphSource {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

export interface CompositionFault {
  /** Federation's error code, where there is one, such as `SATISFIABILITY_ERROR`. */
  readonly code: string | undefined;
  readonly message: string;
}

export type Composed = { readonly supergraphSdl: string } | { readonly errors: readonly CompositionFault[] };

/** Composes subgraphs; every fault that is found is told. */
export async function composeSupergraph(subgraphs: readonly SubgraphSource[]): Promise<Composed> {
  const services: { name: string; url: string; typeDefs: DocumentNode }[] = [];
  const errors: CompositionFault[] = [];
  for (const { name, url, sdl } of subgraphs) {
    try {
      services.push({ name, url, typeDefs: parse(sdl) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      errors.push({ code: 'INVALID_GRAPHQL', message: `[${name}] ${message}` });
    }
  }
  if (errors.length > 0) return { errors };
  // CommonJS: its functions stand under `default` as well as by name.
  const { composeServices } = await import('@apollo/composition');
  const result = composeServices(services);
  if (result.supergraphSdl !== undefined) return { supergraphSdl: result.supergraphSdl };
  return { errors: (result.errors ?? []).map(faultOf) };
}

function faultOf(error: unknown): CompositionFault {
  if (!(error instanceof GraphQLError)) return { code: undefined, message: String(error) };
  const { code } = error.extensions;
  return { code: typeof code === 'string' ? code : undefined, message: error.message };
}
