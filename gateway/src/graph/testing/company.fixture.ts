/**
 * A small company for tests of this room: five subgraphs that run in the process (graphql-js under
 * `@apollo/subgraph`), and the same data behind one schema, so that any answer can be compared with the answer
 * of an ordinary GraphQL server. Holds what is hard: keys of two kinds, `@requires` with nesting, `@provides`,
 * interfaces and unions over subgraphs, value types split in two, nulls and errors on purpose.
 */
import { after } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, type ExecutionResult, type GraphQLSchema, graphql, parse } from 'graphql';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { CallUpstream, UpstreamRequest } from '../../core/upstream-call.ts';
import { type GraphConfig, graphConfig } from '../config.ts';
import { createGraph, type Graph } from '../graph.ts';
import type { GraphOptions } from '../options.ts';
import { composeSupergraph } from '../supergraph/compose.ts';
import { estimate, labelOf, makeData, type Source } from './company-data.fixture.ts';
import { keptPlanners } from './kept-planners.fixture.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@requires", "@provides", "@external", "@shareable", "@inaccessible", "@interfaceObject"])\n`;

export const SDL: Readonly<Record<string, string>> = {
  accounts: `${LINK}
    type Query { me: User users: [User] user(id: ID!): User strictUser: User! node(id: ID!): Node people(ids: [ID!]! = ["1"], deep: Who): [User!] }
    input Who { role: Role names: [String!] }
    type Mutation { rename(id: ID!, name: String!): User setRole(id: ID!, role: Role): User! }
    interface Node { id: ID! }
    enum Role { ADMIN MEMBER HIDDEN @inaccessible }
    scalar JSON
    type User implements Node @key(fields: "id") @key(fields: "email") {
      id: ID! email: String! name(upper: Boolean = false): String username: String @shareable
      role: Role birthday: Int ratio: Float active: Boolean nickname: String motto: String! boom: String
      friends: [User] best: User matrix: [[User!]] meta: JSON tags: [String!]
      address: Address @shareable secret: String @inaccessible
    }
    type Address @shareable { street: String }`,
  geo: `${LINK}
    type User @key(fields: "id") { id: ID! address: Address @shareable home: String @shareable }
    type Address @shareable { zip: String! }`,
  inventory: `${LINK}
    type Product @key(fields: "upc") {
      upc: String! weight: Int @external price: Int @external box: Box @external
      inStock: Boolean shippingEstimate: Int @requires(fields: "price weight") label: String @requires(fields: "box { w inner { h } }")
    }
    type Box @external { w: Int inner: Inner } type Inner @external { h: Int }`,
  products: `${LINK}
    type Query { topProducts(first: Int = 5): [Product] product(upc: String!): Product }
    type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int box: Box related: [Product!]! }
    type Box { w: Int inner: Inner } type Inner { h: Int }`,
  reviews: `${LINK}
    type Query { latest: Review }
    type Mutation { addReview(upc: String!, body: String!): Review! }
    type Review @key(fields: "id") { id: ID! body: String stars: Int product: Product author: User @provides(fields: "username") }
    type User @key(fields: "id") { id: ID! username: String @external reviews(first: Int): [Review] }
    type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
  library: `${LINK}
    type Query { media: [Media] favourite: Media search(q: String!): [SearchResult] shelves: [[Book]!] things: [Thing!]! }
    interface Media { id: ID! title: String }
    type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int owner: User length: Int! }
    type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int length: Int }
    union SearchResult = User | Product | Book | Film
    interface Thing @key(fields: "id") { id: ID! kind: String }
    type Chair implements Thing @key(fields: "id") { id: ID! kind: String legs: Int }
    type Lamp implements Thing @key(fields: "id") { id: ID! kind: String watts: Int }
    type User @key(fields: "email", resolvable: false) { email: String! }
    type Product @key(fields: "upc", resolvable: false) { upc: String! }`,
  critics: `${LINK}
    type Query { picks: [Media] bestThing: Thing }
    interface Media { id: ID! rating: Float }
    type Book implements Media @key(fields: "id") { id: ID! rating: Float critic: User }
    type Film implements Media @key(fields: "id") { id: ID! rating: Float }
    type Thing @key(fields: "id") @interfaceObject { id: ID! score: Int! }
    type User @key(fields: "id", resolvable: false) { id: ID! }`,
};

/** What a subgraph answers to one request, as text; `undefined` lets the real one answer. */
export type Misbehave = (
  subgraph: string,
  request: { readonly query: string; readonly variables: Record<string, unknown> },
  answer: () => Promise<{ data?: unknown; errors?: unknown }>,
) => Promise<{ status?: number; contentType?: string; text: string } | undefined>;

export interface Company {
  readonly graph: Graph;
  /** Requests that reached subgraphs, in order. */
  readonly calls: { subgraph: string; body: string; request: UpstreamRequest }[];
  /** The same operation by graphql-js over one schema, with data of its own. */
  monolith(query: string, variables?: Record<string, unknown>): Promise<ExecutionResult>;
  context(): CallContext;
}

let supergraphSdl: Promise<string> | undefined;

export async function companySupergraph(): Promise<string> {
  supergraphSdl ??= composeSupergraph(
    Object.entries(SDL).map(([name, sdl]) => ({ name, url: `http://${name}.test/graphql`, sdl })),
  ).then((composed) => {
    if ('errors' in composed) throw new Error(composed.errors.map((error) => error.message).join('\n'));
    return composed.supergraphSdl;
  });
  return supergraphSdl;
}

const parsedSdl = new Map<string, DocumentNode>(Object.entries(SDL).map(([name, sdl]) => [name, parse(sdl)]));

export interface CompanyOptions {
  readonly config?: Record<string, unknown>;
  readonly misbehave?: Misbehave;
  readonly graph?: Partial<GraphOptions>;
  /** Whether it outlives the test, or the hook, that makes it. */
  readonly kept?: boolean;
}

/** Its graph is closed after the test that makes it, unless it is kept. */
export async function makeCompany(options: CompanyOptions = {}): Promise<Company> {
  const data = makeData();
  const schemas = new Map<string, GraphQLSchema>();
  for (const [name, typeDefs] of parsedSdl) schemas.set(name, subgraphSchema(typeDefs, data, name));
  const calls: Company['calls'] = [];
  const callUpstream: CallUpstream = async (request) => {
    const subgraph = request.upstream.replace(/^up-/, '');
    const schema = schemas.get(subgraph);
    if (!schema || !(request.body instanceof WholeBody))
      throw new Error(`unknown upstream ${request.upstream}`);
    const body = Buffer.from(request.body.bytes).toString();
    calls.push({ subgraph, body, request });
    const { query, variables } = JSON.parse(body);
    const answer = async () => ({
      ...(await graphql({ schema, source: query, variableValues: variables, rootValue: data.root })),
    });
    const odd = await options.misbehave?.(subgraph, { query, variables }, answer);
    const text = odd?.text ?? JSON.stringify(await answer());
    return {
      status: odd?.status ?? 200,
      headers: HeaderFields.of({ 'content-type': odd?.contentType ?? 'application/json' }),
      body: new WholeBody(text),
      settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
    };
  };
  const config: GraphConfig = graphConfig.parse({
    supergraph: 'company.graphql',
    planBudget: '10s',
    introspection: true,
    planner: process.env.FRONTDESK_TEST_PLANNER,
    apolloPlanBudget: '30s',
    ...options.config,
  });
  const graph = await createGraph({
    planners: keptPlanners,
    config,
    supergraphSdl: await companySupergraph(),
    callUpstream,
    upstreamOf: (subgraph) => ({ upstream: `up-${subgraph}`, path: `/${subgraph}` }),
    clock: systemClock,
    meter: noMeter,
    logger: noLogger,
    ...options.graph,
  });
  if (!options.kept) after(() => graph.close());
  const whole = makeData();
  return {
    graph,
    calls,
    context: testContext,
    async monolith(query, variables) {
      return graphql({
        schema: graph.schema,
        source: query,
        variableValues: variables,
        rootValue: whole.root,
      });
    },
  };
}

function subgraphSchema(
  typeDefs: DocumentNode,
  data: ReturnType<typeof makeData>,
  subgraph: string,
): GraphQLSchema {
  const resolvers: Record<string, { __resolveReference(reference: Source): Source | null }> = {};
  for (const type of ['User', 'Product', 'Review', 'Book', 'Film', 'Chair', 'Lamp', 'Thing']) {
    const declared = typeDefs.definitions.some(
      (definition) => 'name' in definition && definition.name?.value === type,
    );
    if (!declared) continue;
    resolvers[type] = {
      __resolveReference(reference: Source) {
        const found = data.find(type, reference);
        if (!found) return null;
        // An interface object knows the interface alone.
        if (type === 'Thing' && subgraph === 'critics') return { ...found, __typename: 'Thing' };
        if (subgraph !== 'inventory') return found;
        // What it requires it knows from the representation alone.
        return {
          ...found,
          shippingEstimate: estimate(reference.price, reference.weight),
          label: labelOf(reference.box),
        };
      },
    };
  }
  return buildSubgraphSchema({ typeDefs, resolvers });
}

/** A context without client, limits or deadline. */
export function testContext(): CallContext {
  return contextOn(systemClock);
}
