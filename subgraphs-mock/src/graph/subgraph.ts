/** A subgraph as a service: `@apollo/subgraph` for the schema, `@apollo/server` for GraphQL over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { createDataset } from '../data/dataset.ts';
import { Problem } from '../http/problem.ts';
import { readJson } from '../http/request-body.ts';
import type { ServiceParts } from '../http/server.ts';
import type { GraphContext, ReferenceResolver, Resolver, SubgraphModule } from './module.ts';
import { subgraphSdl } from './modules.ts';

function subgraphSchema(module: SubgraphModule): GraphQLSchema {
  const resolvers: Record<string, Record<string, Resolver | ReferenceResolver>> = {};
  for (const [type, fields] of Object.entries(module.resolvers)) resolvers[type] = { ...fields };
  for (const [type, resolveReference] of Object.entries(module.references)) {
    resolvers[type] = { ...resolvers[type], __resolveReference: resolveReference };
  }
  return buildSubgraphSchema([{ typeDefs: parse(subgraphSdl(module.name)), resolvers }]);
}

export async function createSubgraph(module: SubgraphModule): Promise<ServiceParts> {
  const data = createDataset();
  const server = new ApolloServer<GraphContext>({
    schema: subgraphSchema(module),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  await server.start();
  return {
    dispose: () => server.stop(),
    async handle(request, response) {
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
