/**
 * Apollo Server as the GraphQL face of a BFF runs it: bounded, nothing of its own sent home or shown, and errors that tell a
 * client what our table of errors tells it.
 */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { NO_STORE } from './answer-reply.ts';
import { executeDeferring } from './defer-execution.ts';
import { failedOperation } from './failed-operation.ts';
import { REPLAYED } from './flow-runs.ts';
import type { BffGraphqlConfig } from './graphql-config.ts';
import { type FormatError, streamPlugin } from './graphql-streams.ts';
import type { RequestRuns } from './request-runs.ts';
import { BffError } from './schema.ts';
import { shapeLimit } from './shape-limit.ts';

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

export interface ApolloServerOptions {
  /** The BFF's name. */
  readonly bff: string;
  readonly schema: GraphQLSchema;
  readonly config: BffGraphqlConfig;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  readonly logger: Logger;
  /** In the order in which they are called, between ours. */
  readonly plugins: readonly ApolloServerPlugin<RequestRuns>[];
  /** Whether an error is a plugin's word to the client. */
  readonly isWord: (error: unknown) => boolean;
}

/** Rejects with a `BffError` where it does not start, such as by a plugin's refusal. */
export async function startApolloServer(options: ApolloServerOptions): Promise<ApolloServer<RequestRuns>> {
  const { schema, config, introspection, logger, isWord } = options;
  const formatError: FormatError = (formatted, thrown) =>
    isWord(thrown) ? formatted : publicError(formatted, thrown);
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
    formatError,
    legacyExperimentalExecuteIncrementally: (args) =>
      executeDeferring(args, () => lastExtensions(args.contextValue)),
    logger: apolloLogger(logger),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      completenessPlugin,
      ...options.plugins,
      streamPlugin(schema, formatError),
    ],
  });
  try {
    await server.start();
  } catch (cause) {
    const detail = cause instanceof FrontdeskError ? cause.detail : String(cause);
    throw new BffError(options.bff, [`its GraphQL does not start: ${detail}`]);
  }
  return server;
}

/** What is missing by the end of an answer in several payloads. */
function lastExtensions(context: unknown): Record<string, unknown> | undefined {
  const incomplete = isRuns(context) ? context.incomplete() : [];
  return incomplete.length > 0 ? { incomplete } : undefined;
}

function isRuns(context: unknown): context is RequestRuns {
  return typeof context === 'object' && context !== null && 'slot' in context && 'incomplete' in context;
}

/** Names what is missing, as the REST face does, and passes `Retry-After` on. */
const completenessPlugin: ApolloServerPlugin<RequestRuns> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue, errors }) {
        contextValue.exchange.error ??= failedOperation(errors);
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
