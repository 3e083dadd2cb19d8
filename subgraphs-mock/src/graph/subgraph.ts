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
import type { ServiceParts } from '../http/server.ts';
import type { GraphContext, ReferenceResolver, Resolver, SubgraphModule } from './module.ts';
import { subgraphSdl } from './modules.ts';
import { createStreams } from './streams.ts';

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

export async function createSubgraph(module: SubgraphModule): Promise<ServiceParts> {
  const data = createDataset();
  const feed = new TripFeed();
  const schema = subgraphSchema(module);
  const streams = module.subscriptions && createStreams(schema, (userId) => ({ data, userId, feed }));
  const server = new ApolloServer<GraphContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  await server.start();
  return {
    dispose: () => server.stop(),
    ...(streams && {
      attach: streams.attach,
      controls: { 'POST /__trips': (request) => tell(request, data, feed) },
    }),
    async handle(request, response) {
      if (streams?.takes(request)) {
        await streams.handle(request, response);
        return;
      }
      const httpGraphQLRequest = await toApollo(request);
      const userId = httpGraphQLRequest.headers.get('x-user-id');
      const result = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: async () => ({ data, userId }),
      });
      response.statusCode = result.status ?? 200;
      for (const [name, value] of result.headers) response.setHeader(name, value);
      await send(result.body, response);
    },
  };
}

/** Tells those who watch a trip of another status: `{"id": "t1", "status": "CANCELLED"}`. */
async function tell(request: IncomingMessage, data: Dataset, feed: TripFeed): Promise<Answer> {
  const body = await readJson(request);
  const trip = isRecord(body) ? data.trips.get(String(body.id)) : undefined;
  const status = isRecord(body) ? TRIP_STATUSES.find((known) => known === body.status) : undefined;
  if (!trip || !status) throw new Problem(422, 'a known trip and a status are needed');
  feed.tell({ ...trip, status });
  return { status: 200, body: { watchers: feed.watchers } };
}

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
