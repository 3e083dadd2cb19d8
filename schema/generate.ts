/**
 * Composes the subgraphs' SDL into `supergraph.graphql` with Apollo's composition. The file is committed and
 * `supergraph.test.ts` holds it fresh. The subgraphs' addresses are those of the demo. The types of the gRPC service are
 * generated along with it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { dispatchTypes, dispatchTypesPath } from './grpc-types.ts';

const SUBGRAPH_PORTS = { accounts: 4111, products: 4112, orders: 4113, trips: 4114, reviews: 4115 } as const;

// The formatter leaves the composer's own layout alone.
const HEADER = `# biome-ignore-all format: generated from subgraphs/*.graphql by generate.ts
# Do not edit: npm run generate -w schema
`;

export const supergraphPath = new URL('./supergraph.graphql', import.meta.url);

/** The supergraph SDL of the subgraphs as they are on disk. Throws with every composition error. */
export function composeSupergraph(): string {
  const services = Object.entries(SUBGRAPH_PORTS).map(([name, port]) => ({
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    typeDefs: parse(readFileSync(new URL(`./subgraphs/${name}.graphql`, import.meta.url), 'utf8')),
  }));
  const result = composeServices(services);
  if (result.errors) {
    throw new Error(
      `The subgraphs do not compose:\n${result.errors.map((e) => `- ${e.message}`).join('\n')}`,
    );
  }
  return `${HEADER}\n${result.supergraphSdl.trimEnd()}\n`;
}

if (import.meta.main) {
  writeFileSync(supergraphPath, composeSupergraph());
  writeFileSync(dispatchTypesPath, dispatchTypes());
}
