/** A subgraph as a service: `@apollo/subgraph` for the schema, `@apollo/server` for GraphQL over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { createDataset, type Dataset } from '../data/dataset.ts';
import { TripFeed } from '../data/trip-feed.ts';
import type { TripStatus } from '../data/types.ts';
import { type Answer, Problem } from '../http/problem.ts';
import { isRecord, readJson } from '../http/request-body.ts';
import type { RequestHandler, ServiceParts } from '../http/server.ts';
import type { World } from '../world.ts';
import type { GraphContext, ReferenceResolver, Resolver, SubgraphModule } from './module.ts';
import { subgraphSdl } from './modules.ts';
import { createStreams } from './streams.ts';
import { followTrips } from './trip-records.ts';

function subgraphSchema(module: SubgraphModule): GraphQLSchema {
  const resolvers: Record<string, Record<string, Resolver | ReferenceResolver>> = {};
  for (const [type, fields] of Object.entries(module.resolvers)) resolvers[type] = { ...fields };
  for (const [type, resolveReference] of Object.entries(module.references)) {
    resolvers[type] = { ...resolvers[type], __resolveReference: resolveReference };
  }
  const typeDefs = parse(subgraphSdl(module.name));
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
  for (const [name, subscribe] of Object.entries(module.subscriptions ?? {})) {
    const field = schema.getSubscriptionType()?.getFields()[name];
    if (!field) throw new TypeError(`no field Subscription.${name}`);
    field.subscribe = (_parent, args, context) => subscribe(args, context);
    field.resolve = (event) => event;
  }
  return schema;
}

/** What a service that is a subgraph may have besides. */
export interface SubgraphExtras {
  /** Answers what is not for GraphQL. */
  readonly rest?: (data: Dataset, world: World) => RequestHandler;
  readonly books?: (data: Dataset, world: World) => unknown;
}

export async function createSubgraph(
  module: SubgraphModule,
  world: World,
  { rest, books }: SubgraphExtras = {},
): Promise<ServiceParts> {
  const data = { ...createDataset(), users: world.users };
  const unfollow = followTrips(data, world.trips);
  const feed = new TripFeed();
  const schema = subgraphSchema(module);
  const streams = module.subscriptions && createStreams(schema, (userId) => ({ data, userId, world, feed }));
  const handleRest = rest?.(data, world);
  const server = new ApolloServer<GraphContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  await server.start();
  return {
    async dispose() {
      unfollow();
      await server.stop();
    },
    ...(streams && { attach: streams.attach }),
    controls: {
      ...(streams && { 'POST /__trips': (request) => tell(request, data, feed, world) }),
      ...(books && { 'GET /__books': () => ({ status: 200, body: books(data, world) }) }),
    },
    async handle(request, response) {
      if (handleRest && !isForGraph(request)) {
        await handleRest(request, response);
        return;
      }
      if (streams?.takes(request)) {
        await streams.handle(request, response);
        return;
      }
      const httpGraphQLRequest = await toApollo(request);
      const userId = httpGraphQLRequest.headers.get('x-user-id');
      const result = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: async () => ({ data, userId, world }),
      });
      response.statusCode = result.status ?? 200;
      for (const [name, value] of result.headers) response.setHeader(name, value);
      await send(result.body, response);
    },
  };
}

/** Whether the path is one at which GraphQL is spoken. */
function isForGraph({ url = '/' }: IncomingMessage): boolean {
  const path = url.split('?', 1)[0];
  return path === '/graphql' || path === '/';
}

/** Tells of another status of a trip: `{"id": "t1", "status": "CANCELLED"}`; or sets the pace: `{"stepMs": 0}`. */
async function tell(request: IncomingMessage, data: Dataset, feed: TripFeed, world: World): Promise<Answer> {
  const body = await readJson(request);
  const watchers = () => ({ status: 200, body: { watchers: feed.watchers + world.trips.watchers } });
  if (isRecord(body) && body.stepMs !== undefined) {
    const { stepMs } = body;
    if (typeof stepMs !== 'number' || !(stepMs >= 0 && stepMs <= MAX_STEP_MS))
      throw new Problem(422, `'stepMs' must be from 0 to ${MAX_STEP_MS}`);
    world.trips.setPace(stepMs);
    return watchers();
  }
  const trip = isRecord(body) ? data.trips.get(String(body.id)) : undefined;
  const status = isRecord(body) ? TRIP_STATUSES.find((known) => known === body.status) : undefined;
  if (!trip || !status) throw new Problem(422, 'a known trip and a status are needed');
  if (trip.ride) world.trips.move(trip.id, status);
  else feed.tell({ ...trip, status });
  return watchers();
}

const MAX_STEP_MS = 600_000;
const TRIP_STATUSES: readonly TripStatus[] = ['REQUESTED', 'UNDER_WAY', 'COMPLETED', 'CANCELLED'];

type ApolloBody = Awaited<ReturnType<ApolloServer['executeHTTPGraphQLRequest']>>['body'];

async function send(body: ApolloBody, response: ServerResponse): Promise<void> {
  if (body.kind === 'complete') {
    response.end(body.string);
    return;
  }
  for await (const chunk of body.asyncIterator) response.write(chunk);
  response.end();
}

async function toApollo(request: IncomingMessage): Promise<HTTPGraphQLRequest> {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (path !== '/graphql' && path !== '/') throw new Problem(404, `nothing is at ${path}`);
  const headers = new HeaderMap();
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return {
    method: request.method ?? 'GET',
    headers,
    search: query < 0 ? '' : target.slice(query),
    body: request.method === 'POST' ? await readJson(request) : undefined,
  };
}
