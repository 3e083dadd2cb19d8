/** Runs a federation: its gateway in this process, its subgraphs behind a canned upstream, and the one server beside. */
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { graphConfig } from '../config.ts';
import { createGraph, type Graph } from '../graph.ts';
import type { GraphObject } from '../request.ts';
import { composeSupergraph } from '../supergraph/compose.ts';
import {
  FEDERATION_LINK,
  type Federation,
  type FederationData,
  type Operation,
  readSubgraphs,
} from './federation.fixture.ts';
import { Monolith } from './federation-monolith.fixture.ts';
import { lenientSchema, mergedSchema } from './federation-schema.fixture.ts';
import { Store } from './federation-store.fixture.ts';
import { SubgraphServer } from './federation-subgraph.fixture.ts';
import { keptPlanners } from './kept-planners.fixture.ts';

export type PlannerName = 'auto' | 'hive' | 'apollo';

export interface RunningFederation {
  readonly graph: Graph;
  readonly schema: GraphQLSchema;
  /** Compares one operation over this data. */
  difference(data: FederationData, operation: Operation): Promise<Difference>;
  close(): void;
}

export type Difference =
  | { readonly kind: 'same'; readonly errors: number }
  /** Refused: the planner found no plan. */
  | { readonly kind: 'unplanned'; readonly told: string }
  | { readonly kind: 'different'; readonly told: string };

export async function composeFederation(subgraphs: Federation['subgraphs']) {
  return composeSupergraph(
    Object.entries(subgraphs).map(([name, sdl]) => ({
      name,
      url: `http://${name}.test/graphql`,
      sdl: FEDERATION_LINK + sdl,
    })),
  );
}

/** Loads composed subgraphs. */
export async function runFederation(
  subgraphs: Federation['subgraphs'],
  supergraphSdl: string,
  planner: PlannerName,
): Promise<RunningFederation> {
  const specs = readSubgraphs({ subgraphs });
  const schema = mergedSchema(specs);
  const servers = new Map(specs.map((spec) => [spec.name, new SubgraphServer(spec, specs, schema)]));
  const calls: string[] = [];
  let store = new Store({ rows: {} });
  const callUpstream: CallUpstream = async (request) => {
    const server = servers.get(request.upstream);
    if (!server || !(request.body instanceof WholeBody)) throw new Error(`no upstream ${request.upstream}`);
    const body = Buffer.from(request.body.bytes).toString();
    const { query, variables } = JSON.parse(body);
    const text = JSON.stringify(server.execute(store, query, variables));
    calls.push(`→ ${request.upstream} ${query} ${JSON.stringify(variables)}\n← ${text}`);
    return {
      status: 200,
      headers: HeaderFields.of({ 'content-type': 'application/json' }),
      body: new WholeBody(text),
      settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
    };
  };
  const graph = await createGraph({
    planners: keptPlanners,
    config: graphConfig.parse({ ...CONFIG, planner }),
    supergraphSdl,
    callUpstream,
    upstreamOf: (upstream) => ({ upstream, path: '/' }),
    clock: systemClock,
    meter: noMeter,
    logger: noLogger,
  });
  const monolith = new Monolith(specs, schema);
  const lenient = lenientSchema(specs);

  async function difference(data: FederationData, { query, variables }: Operation): Promise<Difference> {
    calls.length = 0;
    store = new Store(data);
    const ours = await graph.executeObject({ query, variables, context: contextOn(systemClock) });
    const theirs = monolith.execute(data, schema, query, variables, false);
    // A smaller federation may have lost what its data needs.
    const misfit = theirs.errors?.find(({ message }) => /^(Runtime Object|Abstract) type/.test(message));
    if (misfit) return { kind: 'unplanned', told: misfit.message };
    const told = () =>
      `planner ${planner}\nanswer   ${JSON.stringify(ours)}\nexpected ${JSON.stringify(theirs)}\n${calls.join('\n')}`;
    if (!('data' in ours)) {
      const message = ours.errors?.[0]?.message;
      if (!/^The GraphQL request is invalid$|^The operation could not be planned/.test(message ?? ''))
        return { kind: 'different', told: told() };
      const reason = await graph.plan(query, undefined, variables).catch((error: unknown) => error);
      return {
        kind: 'unplanned',
        told: reason instanceof FrontdeskError ? `${reason.detail}` : String(reason),
      };
    }
    const fault = compareAnswers(ours, theirs, () =>
      failingPaths(monolith.execute(data, lenient, query, variables, true)),
    );
    if (fault) return { kind: 'different', told: `${fault}\n${told()}` };
    store = new Store(data);
    const text = await graph.execute({ query, variables, context: contextOn(systemClock) });
    if (
      text.body !==
      JSON.stringify(ours.errors ? { errors: ours.errors, data: ours.data } : { data: ours.data })
    )
      return { kind: 'different', told: `the text differs: ${text.body}\n${told()}` };
    return { kind: 'same', errors: ours.errors?.length ?? 0 };
  }
  return { graph, schema, difference, close: () => graph.close() };
}

const CONFIG = {
  supergraph: 'random.graphql',
  planBudget: '3s',
  apolloPlanBudget: '30s',
  introspection: true,
  cache: 10,
  errors: { max: 10_000 },
  limits: {
    tokens: 100_000,
    depth: 100,
    aliases: 10_000,
    rootFields: 1000,
    directives: 10_000,
    selections: 1_000_000,
    cost: 'unlimited',
  },
};

type Path = readonly (string | number)[];

function failingPaths(result: ExecutionResult): ReadonlySet<string> {
  return new Set((result.errors ?? []).map((error) => JSON.stringify(error.path)));
}

/**
 * Data must be equal. Every null that an error made must have an error in both. Where a null came up from below, either may
 * have met another error first (GraphQL §6.4.4 lets it), and what a subgraph lost with it is told as lost, too; where
 * the field itself failed, it is told to have.
 */
function compareAnswers(
  ours: GraphObject,
  theirs: ExecutionResult,
  failing: () => ReadonlySet<string>,
): string | undefined {
  if (JSON.stringify(ours.data) !== JSON.stringify(theirs.data)) return 'the data differs';
  const mine = (ours.errors ?? []).map((error) => error.path);
  const expected = (theirs.errors ?? []).map((error) => error.path ?? []);
  if (mine.length === 0 && expected.length === 0) return undefined;
  const placeOf = (path: Path | undefined) => JSON.stringify(path && nullOf(ours.data, path));
  const atMine = new Set(mine.map(placeOf));
  const atExpected = new Set(expected.map(placeOf));
  for (const place of atExpected) if (!atMine.has(place)) return `no error for ${place}`;
  for (const place of atMine) if (!atExpected.has(place)) return `an error too many for ${place}`;
  const texts = mine.map((path) => JSON.stringify(path));
  if (new Set(texts).size < texts.length) return 'an error is told twice';
  const fails = failing();
  const explained = new Set(mine.filter((path) => fails.has(JSON.stringify(path))).map(placeOf));
  for (const path of expected) {
    const place = placeOf(path);
    if (place === JSON.stringify(path) && !explained.has(place))
      return `none of the errors told for ${place} is true`;
  }
  return undefined;
}

/** The place of the null that stands on the way to `path`. */
function nullOf(data: unknown, path: Path): Path {
  let value = data;
  for (let i = 0; i < path.length; i++) {
    if (typeof value !== 'object' || value === null) return path.slice(0, i);
    value = Reflect.get(value, path[i] ?? '');
  }
  return path;
}
