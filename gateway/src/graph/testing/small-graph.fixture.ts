/** A graph over subgraphs that a test brings along, with graphql-js behind each. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { graphConfig } from '../config.ts';
import { createGraph, type Graph } from '../graph.ts';
import { composeSupergraph } from '../supergraph/compose.ts';
import { keptPlanners } from './kept-planners.fixture.ts';

export interface SmallSubgraph {
  readonly sdl: string;
  readonly resolvers: Parameters<typeof buildSubgraphSchema>[0] extends infer M
    ? M extends { resolvers?: infer R }
      ? R
      : never
    : never;
}

export interface SmallGraph {
  readonly graph: Graph;
  /** What was sent, in order: the subgraph's name and its request. */
  readonly calls: { readonly subgraph: string; readonly query: string; readonly variables: unknown }[];
}

export async function makeSmallGraph(
  subgraphs: Readonly<Record<string, SmallSubgraph>>,
  options: { config?: Record<string, unknown>; random?: () => number } = {},
): Promise<SmallGraph> {
  const entries = Object.entries(subgraphs);
  const composed = await composeSupergraph(
    entries.map(([name, { sdl }]) => ({ name, url: `http://${name}.test/`, sdl })),
  );
  if ('errors' in composed) throw new Error(composed.errors.map(({ message }) => message).join('\n'));
  const schemas = new Map(
    entries.map(([name, { sdl, resolvers }]) => [
      name,
      buildSubgraphSchema([{ typeDefs: parse(sdl), ...(resolvers && { resolvers }) }]),
    ]),
  );
  const calls: SmallGraph['calls'] = [];
  const callUpstream: CallUpstream = async ({ upstream, body }) => {
    const schema = schemas.get(upstream);
    if (!schema || !(body instanceof WholeBody)) throw new Error(`unknown upstream ${upstream}`);
    const { query, variables } = JSON.parse(Buffer.from(body.bytes).toString());
    calls.push({ subgraph: upstream, query, variables });
    const text = JSON.stringify(await graphql({ schema, source: query, variableValues: variables }));
    return {
      status: 200,
      headers: HeaderFields.of({ 'content-type': 'application/json' }),
      body: new WholeBody(text),
      settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
    };
  };
  const graph = await createGraph({
    planners: keptPlanners,
    config: graphConfig.parse({
      supergraph: 'x',
      planBudget: '10s',
      apolloPlanBudget: '30s',
      ...options.config,
    }),
    supergraphSdl: composed.supergraphSdl,
    callUpstream,
    upstreamOf: (subgraph) => ({ upstream: subgraph, path: '/' }),
    clock: systemClock,
    meter: noMeter,
    logger: noLogger,
    random: options.random,
  });
  return { graph, calls };
}
