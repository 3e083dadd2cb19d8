/** Named operations of the graph as REST: what they are, where they stand, and what answers them. */
import type { RouteAuth } from '../auth/route-auth.ts';
import type { Config } from '../config/schema.ts';
import type { Exchange, Handler } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Graph } from '../graph/graph.ts';
import { clientFields } from '../graph/headers/request-headers.ts';
import { readRestOperations } from '../graph/operations/read-operations.ts';
import type { RestOperation } from '../graph/operations/rest-operation.ts';
import type { RegisteredDocument } from '../graph/persisted/manifest.ts';
import { textReply } from '../handlers/bff/answer-reply.ts';
import type { OpenapiDocument } from '../handlers/bff/openapi/bff-openapi.ts';
import { OPENAPI_PATH } from '../handlers/bff/openapi/openapi-config.ts';
import { operationHandler } from '../handlers/operation/operation-handler.ts';
import { operationsOpenapi } from '../handlers/operation/operation-openapi.ts';
import { openapiSecurity } from './openapi-security.ts';

type GraphSection = NonNullable<Config['graph']>;

const known = new WeakMap<object, readonly RestOperation[]>();

/** Read once for a configuration, which was refused where they have faults. */
function restOperations({ operations }: Pick<GraphSection, 'operations'>): readonly RestOperation[] {
  if (!operations) return [];
  let found = known.get(operations);
  if (!found) {
    found = readRestOperations(operations.folder).operations;
    known.set(operations, found);
  }
  return found;
}

/** Each is a document that clients may name, and that is served where only registered ones are. */
export function operationDocuments(graph: Pick<GraphSection, 'operations'>): RegisteredDocument[] {
  return restOperations(graph).map(({ name, text }) => ({ id: name, text, operationName: name }));
}

/** A path that an operation stands at, or the document of all of them. */
export interface OperationRoute {
  /** A pattern of the route table. */
  readonly path: string;
  readonly methods: readonly string[];
  /** What a caller must have besides the graph's own. */
  readonly scopes: readonly string[];
  /** `undefined` for the document. */
  readonly name: string | undefined;
}

export function operationRoutes(graph: Pick<GraphSection, 'operations'>): OperationRoute[] {
  const { operations } = graph;
  if (!operations) return [];
  const routes = restOperations(graph).map(({ name, method, path, scopes }): OperationRoute => {
    const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
    return { path: operations.mount + patternOf(path), methods, scopes, name };
  });
  if (!operations.openapi) return routes;
  const path = operations.mount + OPENAPI_PATH;
  return [...routes, { path, methods: ['GET', 'HEAD'], scopes: [], name: undefined }];
}

/** Answers an operation, or with the document of all of them. */
export function operationAnswer(
  name: string | undefined,
  auth: RouteAuth,
  { config, graph }: { readonly config: Config; readonly graph: Graph | undefined },
): Handler {
  const section = config.graph;
  if (!section?.operations || !graph) throw new TypeError('an operation of the graph, and no graph');
  if (name === undefined) {
    return documentHandler(() => JSON.stringify(operationsDocument(config, auth, graph.schema)));
  }
  const operation = restOperations(section).find((one) => one.name === name);
  if (!operation) throw new TypeError(`there is no operation ${name}`);
  const forward = clientFields(section.headers);
  return operationHandler({ operation, graph, forward, maxBodyBytes: section.maxBody });
}

/** The OpenAPI document of all of them; `undefined` where there are none. `schema`: what clients of the graph see. */
export function operationsDocument(
  { graph, auth: schemes }: Pick<Config, 'graph' | 'auth'>,
  auth: RouteAuth,
  schema: Graph['schema'],
): OpenapiDocument | undefined {
  if (!graph?.operations) return undefined;
  const { mount } = graph.operations;
  return operationsOpenapi(restOperations(graph), schema, {
    mount,
    security: openapiSecurity(schemes, auth),
  });
}

function documentHandler(make: () => string): Handler {
  let text: string | undefined;
  return async (exchange: Exchange): ReturnType<Handler> => {
    text ??= make();
    const fields = new HeaderFields(['content-type', 'application/json; charset=utf-8']);
    return textReply(exchange, text, fields, { cacheControl: 'private, no-cache' });
  };
}

/** As routes write it: `/orders/:id`. */
function patternOf(path: string): string {
  return path.replaceAll(/\{([^}]*)\}/g, ':$1');
}
