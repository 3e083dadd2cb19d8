/**
 * The GraphQL face of a BFF (GraphQL over HTTP), executed by Apollo Server: its conventions and plugins are what
 * front-end teams know. Only the parts that an operation selects are fetched.
 */
import { ApolloServer, type ApolloServerPlugin, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import { Refusal } from '../../graph/refusal.ts';
import { NO_STORE, textReply } from './answer-reply.ts';
import type { BffDocuments } from './bff-documents.ts';
import { REPLAYED } from './flow-runs.ts';
import type { BffGraphqlConfig } from './graphql-config.ts';
import type { RequestRuns } from './request-runs.ts';
import { BffError } from './schema.ts';
import { shapeLimit } from './shape-limit.ts';

const MAX_REQUEST_BYTES = 256 * 1024;
/** Selections after every fragment is written out where it is spread. */
const MAX_RECURSIVE_SELECTIONS = 10_000;
/** Apollo's own codes for faults of the request, which clients of Apollo Server know. */
const REQUEST_FAULTS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'INVALID_QUERY',
]);

export interface GraphqlFaceOptions {
  /** The BFF's name. */
  readonly bff: string;
  readonly schema: GraphQLSchema;
  readonly config: BffGraphqlConfig;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  readonly logger: Logger;
  readonly plugins: readonly ApolloServerPlugin<RequestRuns>[];
  /** Whether an error is a plugin's word to the client. */
  readonly isWord: (error: unknown) => boolean;
  readonly documents: BffDocuments;
  /** The runs of an exchange's screens; each is begun when it is first asked for. */
  readonly openRuns: (exchange: Exchange) => RequestRuns;
}

export interface GraphqlFace {
  readonly handler: Handler;
  dispose(): Promise<void>;
}

/** Starts the server; the face is ready when the promise resolves. */
export async function startGraphqlFace(options: GraphqlFaceOptions): Promise<GraphqlFace> {
  const { schema, config, introspection, logger, openRuns, documents, isWord } = options;
  const server = new ApolloServer<RequestRuns>({
    schema,
    introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    cache: 'bounded',
    parseOptions: { maxTokens: config.limits.tokens },
    maxRecursiveSelections: MAX_RECURSIVE_SELECTIONS,
    validationRules: [shapeLimit(config.limits)],
    formatError: (formatted, thrown) => (isWord(thrown) ? formatted : publicError(formatted, thrown)),
    logger: apolloLogger(logger),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      completenessPlugin,
      ...options.plugins,
    ],
  });
  try {
    await server.start();
  } catch (cause) {
    const detail = cause instanceof FrontdeskError ? cause.detail : String(cause);
    throw new BffError(options.bff, [`its GraphQL does not start: ${detail}`]);
  }
  const handler: Handler = async (exchange) => {
    const filled = await documents.fill(await readRequest(exchange));
    if (filled instanceof Refusal) return refusalReply(filled);
    const runs = openRuns(exchange);
    try {
      const {
        status = 200,
        headers,
        body,
      } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: filled.request,
        context: () => Promise.resolve(runs),
      });
      // The client left or the exchange's own deadline passed: that is the answer, not what it made of the parts.
      exchange.cancellation.throwIfCancelled();
      if (body.kind !== 'complete') throw new FrontdeskError('internal', { detail: 'an incremental answer' });
      if (status === 200) filled.keep();
      const fields = new HeaderFields();
      for (const [name, value] of headers) fields.set(name, value);
      fields.delete('content-length');
      const policy = exchange.method === 'GET' && status === 200 ? runs.cachePolicy() : undefined;
      if (policy && !fields.has('cache-control')) return textReply(exchange, body.string, fields, policy);
      if (!fields.has('cache-control')) fields.set('cache-control', NO_STORE);
      return makeReply(status, fields, new WholeBody(body.string));
    } finally {
      runs.close();
    }
  };
  return { handler, dispose: () => server.stop() };
}

function refusalReply({ status, errors }: Refusal): Reply {
  const fields = new HeaderFields([
    'content-type',
    'application/json; charset=utf-8',
    'cache-control',
    NO_STORE,
  ]);
  return makeReply(status, fields, new WholeBody(JSON.stringify({ errors })));
}

async function readRequest(exchange: Exchange): Promise<HTTPGraphQLRequest> {
  const headers = new HeaderMap();
  for (const [name, value] of exchange.headers) headers.set(name, value);
  const { method, query } = exchange;
  const search = query === '' ? '' : `?${query}`;
  if (method !== 'POST') return { method, headers, search, body: undefined };
  const mediaType = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new FrontdeskError('unsupported_media_type');
  const bytes = await collect(
    exchange.body,
    MAX_REQUEST_BYTES,
    () => new FrontdeskError('payload_too_large'),
  );
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return { method, headers, search, body };
  } catch (cause) {
    throw new FrontdeskError('bad_request', { detail: 'the body is no JSON', cause });
  }
}

/** Names what is missing, as the REST face does, and passes `Retry-After` on. */
const completenessPlugin: ApolloServerPlugin<RequestRuns> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue, errors }) {
        const incomplete = contextValue.incomplete();
        if (incomplete.length > 0) response.http.headers.set('frontdesk-incomplete', incomplete.join(', '));
        if (contextValue.flows.replayed) response.http.headers.set(REPLAYED, 'true');
        if (incomplete.length > 0 && response.body.kind === 'single') {
          response.body.singleResult.extensions = { ...response.body.singleResult.extensions, incomplete };
        }
        if (errors && errors.length > 0) response.http.headers.set('cache-control', NO_STORE);
        const waits = errors?.flatMap(({ originalError }) => retryAfterS(originalError)) ?? [];
        if (waits.length > 0) response.http.headers.set('retry-after', String(Math.ceil(Math.max(...waits))));
      },
    };
  },
};

function retryAfterS(error: unknown): number[] {
  return error instanceof FrontdeskError && error.retryAfterS !== undefined ? [error.retryAfterS] : [];
}

/** What a client may read of an error: our table's title and code, or Apollo's word on the request itself. */
function publicError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const original = thrown instanceof GraphQLError ? thrown.originalError : undefined;
  const code = String(formatted.extensions?.code ?? '');
  if (REQUEST_FAULTS.has(code) && !(original instanceof FrontdeskError)) return formatted;
  const error = toFrontdeskError(original ?? thrown);
  return {
    message: error.message,
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
    extensions: { ...error.members, code: error.code.toUpperCase() },
  };
}

/** Apollo's own messages, among ours. */
function apolloLogger(logger: Logger) {
  const to = (level: keyof Logger) => (text: unknown) =>
    logger[level]({ text: String(text) }, 'apollo server');
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
}
