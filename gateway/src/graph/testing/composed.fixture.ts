/**
 * A federation for one named case: subgraphs from SDL and resolvers, which run in the process under
 * `@apollo/subgraph`, composed, and asked through the engine, by each of its planners.
 */
import assert from 'node:assert/strict';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, graphql, parse } from 'graphql';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { graphConfig } from '../config.ts';
import { createGraph, type Graph } from '../graph.ts';
import { composeSupergraph } from '../supergraph/compose.ts';
import { keptPlanners } from './kept-planners.fixture.ts';

/** A value of a row, whatever it is: rows are what resolvers make of them. */
export type Row = Readonly<Record<string, unknown>>;

/** Bivariant, so that a resolver may say what it knows of its rows and arguments. */
type Resolver = { of(parent: Row, args: Row): unknown }['of'];

export interface SubgraphPart {
  /** Without the `@link` of the federation directives; of Federation 1 where `version` says so. */
  readonly sdl: string;
  readonly resolvers?: Readonly<Record<string, Readonly<Record<string, Resolver>>>>;
  /** Of Federation; 2.9 by default. `1` gives no `@link` at all. */
  readonly version?: string;
  /** More directives to import, and whatever else must stand in the schema's head. */
  readonly head?: string;
}

export interface Call {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Answered {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
  /** What reached the subgraphs, in order. */
  readonly calls: readonly Call[];
}

export interface Composed {
  readonly supergraphSdl: string;
  /** Asks by one planner. */
  ask(query: string, options?: AskOptions): Promise<Answered>;
  /** Asks by each planner, and holds the data equal to `data`; without `errors`, there may be none. */
  expect(query: string, data: unknown, options?: ExpectOptions): Promise<void>;
}

export interface AskOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly planner?: 'auto' | 'apollo';
  /** Further keys of the `graph` section. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ExpectOptions extends AskOptions {
  /** The paths of the errors, in the order in which they come. */
  readonly errors?: readonly (readonly unknown[])[];
  /** Both, where nothing is said: a case that one of them is known to get wrong says why. */
  readonly planners?: readonly ('auto' | 'apollo')[];
}

const DIRECTIVES =
  '"@key" "@requires" "@provides" "@external" "@shareable" "@extends" "@override" "@inaccessible" "@interfaceObject" "@tag" "@context" "@fromContext"';

export async function composed(parts: Readonly<Record<string, SubgraphPart>>): Promise<Composed> {
  const sources = Object.entries(parts).map(([name, part]) => ({
    name,
    url: `http://${name}.test/graphql`,
    sdl: headOf(part) + part.sdl,
  }));
  const result = await composeSupergraph(sources);
  if ('errors' in result) throw new Error(result.errors.map((error) => error.message).join('\n'));
  const schemas = new Map<string, GraphQLSchema>();
  for (const { name, sdl } of sources) {
    const resolvers = parts[name]?.resolvers ?? {};
    schemas.set(name, buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]));
  }
  const calls: Call[] = [];
  const callUpstream = callerOf(schemas, calls);
  const graphs = new Map<string, Promise<Graph>>();
  // Each planner's process or thread is started once, and ends with the test's own process.
  const graphOf = ({ planner = 'auto', config = {} }: AskOptions): Promise<Graph> => {
    const key = JSON.stringify([planner, config]);
    const known = graphs.get(key) ?? startGraph(result.supergraphSdl, callUpstream, { planner, ...config });
    graphs.set(key, known);
    return known;
  };
  const ask = async (query: string, options: AskOptions = {}): Promise<Answered> => {
    const graph = await graphOf(options);
    calls.length = 0;
    const { variables } = options;
    const { body } = await graph.execute({ query, variables, context: contextOn(systemClock) });
    return { ...JSON.parse(body), calls: calls.slice() };
  };
  return {
    supergraphSdl: result.supergraphSdl,
    ask,
    async expect(query, data, options = {}) {
      for (const planner of options.planners ?? PLANNERS) {
        const { errors = [], ...answer } = await ask(query, { ...options, planner });
        const told = `${planner}: ${query}\n${JSON.stringify(errors)}\n${JSON.stringify(answer.calls, null, 1)}`;
        assert.equal(JSON.stringify(answer.data), JSON.stringify(data), told);
        const paths = errors.map((error) => error.path);
        assert.deepEqual(paths, options.errors ?? [], told);
      }
    },
  };
}

const PLANNERS = ['auto', 'apollo'] as const;

function headOf({ version = '2.9', head = '' }: SubgraphPart): string {
  if (version === '1') return `${head}\n`;
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v${version}", import: [${DIRECTIVES}])\n${head}\n`;
}

function callerOf(schemas: ReadonlyMap<string, GraphQLSchema>, calls: Call[]): CallUpstream {
  return async ({ upstream, body }) => {
    const schema = schemas.get(upstream);
    assert.ok(schema && body instanceof WholeBody, `no subgraph ${upstream}`);
    const request: { query: string; variables: Record<string, unknown> } = JSON.parse(
      Buffer.from(body.bytes).toString(),
    );
    calls.push({ subgraph: upstream, ...request });
    const answer = await graphql({ schema, source: request.query, variableValues: request.variables });
    const text = JSON.stringify(answer);
    return {
      status: 200,
      headers: HeaderFields.of({ 'content-type': 'application/json' }),
      body: new WholeBody(text),
      settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
    };
  };
}

function startGraph(supergraphSdl: string, callUpstream: CallUpstream, config: object): Promise<Graph> {
  return createGraph({
    planners: keptPlanners,
    config: graphConfig.parse({
      supergraph: 'case.graphql',
      planBudget: '10s',
      apolloPlanBudget: '10s',
      errors: { subgraphMessages: true },
      ...config,
    }),
    supergraphSdl,
    callUpstream,
    upstreamOf: (subgraph) => ({ upstream: subgraph, path: '/graphql' }),
    clock: systemClock,
    meter: noMeter,
    logger: noLogger,
  });
}

/** Resolves references by their `key` among rows; others are not known. */
export function byKey(
  rows: readonly Row[],
  key = 'id',
  make: (row: Row, reference: Row) => Row | null = same,
) {
  return (reference: Row): Row | null => {
    const row = rows.find((found) => found[key] === reference[key]);
    return row ? make(row, reference) : null;
  };
}

function same(row: Row): Row {
  return row;
}
