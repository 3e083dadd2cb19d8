/**
 * A graph whose fields ask for something of the caller, over two subgraphs that run in the process: directives under
 * renamed imports and behind federation's namespace, on fields, object types, a scalar and an enum, through an
 * interface and a union, and on what a field of the other subgraph requires.
 */

import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { type Logger, noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { CallUpstream, UpstreamRequest } from '../../core/upstream-call.ts';
import { graphConfig } from '../config.ts';
import type { FieldPolicies } from '../document/authorization.ts';
import { createGraph, type Graph } from '../graph.ts';
import type { GraphObject, GraphText } from '../request.ts';
import { composeSupergraph } from '../supergraph/compose.ts';
import { keptPlanners } from './kept-planners.fixture.ts';

const FEDERATION = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import:';
const HOME = `${FEDERATION} ["@key", "@shareable", { name: "@authenticated", as: "@login" }, "@requiresScopes"])
  type Query {
    open: String
    me: Person @login
    salary: Money
    node(id: ID!): Node
    nodes: [Node!]!
    found: [Found!]
    grade: Grade
    report: Report! @requiresScopes(scopes: [["reports", "read"], ["admin"]])
    ruled: String @federation__policy(policies: [["office", "weekday"], ["owner"]])
    unruled: String @federation__policy(policies: [["nobody_wrote_this"]])
    parcel: Parcel
    team: Team
  }
  type Mutation { promote: Person hire: Person @requiresScopes(scopes: [["admin"]]) }
  scalar Money @requiresScopes(scopes: [["money"]])
  enum Grade @login { A B }
  interface Node { id: ID! label: String note: String! boss: Node }
  type Person implements Node @key(fields: "id") {
    id: ID! label: String @requiresScopes(scopes: [["people"]]) note: String! boss: Node email: String @login
  }
  type Robot implements Node @key(fields: "id") { id: ID! label: String note: String! @login boss: Node }
  type Vault implements Node @key(fields: "id") @requiresScopes(scopes: [["vault"]]) {
    id: ID! label: String note: String! boss: Node content: String
  }
  union Found = Person | Vault | Robot
  type Report { id: ID! pages: Int }
  type Team { name: String! secret: String! @login lead: Person }
  type Parcel @key(fields: "id") { id: ID! weight: Int @requiresScopes(scopes: [["weights"]]) size: Int }`;
const POST = `${FEDERATION} ["@key", "@external", "@requires", "@requiresScopes"])
  type Parcel @key(fields: "id") {
    id: ID! weight: Int @external size: Int @external
    postage: Int @requires(fields: "weight") @requiresScopes(scopes: [["weights"]])
    label: String @requires(fields: "size")
  }`;

export const GUARDED_SDL: Readonly<Record<string, string>> = { home: HOME, post: POST };

export async function guardedSupergraph(): Promise<string> {
  const composed = await composeSupergraph(
    Object.entries(GUARDED_SDL).map(([name, sdl]) => ({ name, url: `http://${name}.test/`, sdl })),
  );
  if ('errors' in composed) throw new Error(composed.errors.map(({ message }) => message).join('\n'));
  return composed.supergraphSdl;
}

type Row = Readonly<Record<string, unknown>>;

const PERSON: Row = { __typename: 'Person', id: 'p', label: 'Pat', note: 'of Pat', email: 'pat@x' };
const ROBOT: Row = { __typename: 'Robot', id: 'r', label: 'R2', note: 'of R2' };
const VAULT: Row = { __typename: 'Vault', id: 'v', label: 'Gold', note: 'of gold', content: '9 kg' };
const ALL = [PERSON, ROBOT, { ...VAULT, boss: PERSON }];
const ROOT: Row = {
  open: 'yes',
  me: PERSON,
  salary: 7,
  node: ({ id }: { id: string }) => ALL.find((one) => one.id === id),
  nodes: ALL,
  found: ALL,
  grade: 'A',
  report: { id: 'x', pages: 3 },
  ruled: 'by policy',
  unruled: 'by none',
  parcel: { id: 'k', weight: 4, size: 2 },
  team: { name: 'T', secret: 's', lead: PERSON },
  promote: PERSON,
  hire: PERSON,
};

const post = (reference: Row): Row => ({
  ...reference,
  postage: Number(reference.weight) * 10,
  label: `size ${reference.size}`,
});

export interface Guarded {
  readonly graph: Graph;
  /** Documents that subgraphs were asked, as `subgraph: text`. */
  readonly calls: string[];
  readonly logged: Readonly<Record<string, unknown>>[];
  ask(query: string, identity?: Identity): Promise<GraphObject>;
  text(query: string, identity?: Identity): Promise<GraphText>;
}

export async function makeGuarded(
  config: Record<string, unknown> = {},
  supergraphSdl?: string,
  policies?: FieldPolicies,
): Promise<Guarded> {
  const schemas = new Map(
    Object.entries(GUARDED_SDL).map(([name, sdl]) => [
      name,
      buildSubgraphSchema({
        typeDefs: parse(sdl),
        ...(name === 'post' && { resolvers: { Parcel: { __resolveReference: post } } }),
      }),
    ]),
  );
  const calls: string[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  const callUpstream: CallUpstream = async ({ upstream, body }: UpstreamRequest) => {
    const schema = schemas.get(upstream);
    if (!schema || !(body instanceof WholeBody)) throw new Error(`no upstream ${upstream}`);
    const { query, variables } = JSON.parse(Buffer.from(body.bytes).toString());
    calls.push(`${upstream}: ${query}`);
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue: ROOT });
    const text = JSON.stringify(result);
    return {
      status: 200,
      headers: HeaderFields.of({ 'content-type': 'application/json' }),
      body: new WholeBody(text),
      settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
    };
  };
  const logger: Logger = { ...noLogger, info: (fields) => void logged.push(fields) };
  const graph = await createGraph({
    planners: keptPlanners,
    config: graphConfig.parse({
      supergraph: 'guarded.graphql',
      planBudget: '10s',
      introspection: true,
      ...config,
    }),
    supergraphSdl: supergraphSdl ?? (await guardedSupergraph()),
    callUpstream,
    upstreamOf: (subgraph) => ({ upstream: subgraph, path: '/' }),
    clock: systemClock,
    meter: noMeter,
    logger,
    policies,
  });
  return {
    graph,
    calls,
    logged,
    ask: (query, identity) => graph.executeObject({ query, context: contextOn(systemClock, identity) }),
    text: (query, identity) => graph.execute({ query, context: contextOn(systemClock, identity) }),
  };
}
