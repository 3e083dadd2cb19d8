/**
 * Answers in several payloads on a BFF's GraphQL face: subscriptions, and what `@defer` puts off. Apollo Server checks the
 * operation and runs its plugins as for any other; the payloads it would not send are taken from it here, and left for
 * whoever asked to be written as a stream.
 */
import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { GraphStream } from '../../graph/request.ts';
import type { RequestRuns } from './request-runs.ts';
import type { PartsOfState } from './stream-slot.ts';

export type FormatError = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;

/** To be the last of the plugins: what it takes away the others have seen. */
export function streamPlugin(schema: GraphQLSchema, format: FormatError): ApolloServerPlugin<RequestRuns> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation(context) {
          if (context.operation.operation !== OperationTypeNode.SUBSCRIPTION) return null;
          const result = await follow(schema, format, context);
          return { http: context.response.http, body: { kind: 'single', singleResult: result } };
        },
        async willSendResponse({ response, contextValue: { slot } }) {
          const { body } = response;
          if (body.kind !== 'incremental') return;
          slot.stream = {
            kind: 'incremental',
            payloads: payloadsOf(body.initialResult, body.subsequentResults),
          };
          response.body = { kind: 'single', singleResult: { data: null } };
        },
      };
    },
  };
}

type Result = { data?: Record<string, unknown> | null; errors?: readonly GraphQLFormattedError[] };

/** Leaves the events in the slot; answers with errors where there are none. */
async function follow(
  schema: GraphQLSchema,
  format: FormatError,
  {
    document,
    contextValue,
    request,
  }: Pick<GraphQLRequestContext<RequestRuns>, 'contextValue' | 'request'> & {
    readonly document: DocumentNode;
  },
): Promise<Result> {
  const { slot } = contextValue;
  if (!slot.accepts?.subscription) {
    const message =
      'A subscription is answered as a stream: ask with "Accept: text/event-stream", or over a WebSocket.';
    return { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] };
  }
  const args = {
    schema,
    document,
    contextValue,
    variableValues: request.variables,
    operationName: request.operationName,
  };
  const source = await createSourceEventStream(args);
  if (!isIterable(source)) return shown(source, format);
  slot.stream = { kind: 'subscription', payloads: eventTexts(source, args, format) };
  return { data: null };
}

/** Each event is executed as a query is (GraphQL §6.2.3.2), and names what its state lacks. */
async function* eventTexts(
  source: AsyncIterable<unknown>,
  args: ExecutionArgs,
  format: FormatError,
): AsyncGenerator<string, void, undefined> {
  for await (const state of source) {
    const result = await execute({ ...args, rootValue: state });
    const incomplete = isState(state) ? state.incomplete : [];
    const extensions = incomplete.length > 0 ? { ...result.extensions, incomplete } : result.extensions;
    yield JSON.stringify(shown({ ...result, ...(extensions && { extensions }) }, format));
  }
}

function shown({ data, errors, extensions }: ExecutionResult, format: FormatError): Result {
  return {
    ...(errors ? { errors: errors.map((error: GraphQLError) => format(error.toJSON(), error)) } : {}),
    ...(data === undefined ? {} : { data }),
    ...(extensions ? { extensions } : {}),
  };
}

async function* payloadsOf(
  first: object,
  later: AsyncIterable<object>,
): AsyncGenerator<string, void, undefined> {
  yield JSON.stringify(first);
  for await (const payload of later) yield JSON.stringify(payload);
}

/** A stream that does something when it is over, however it ends, though nobody began to read it. */
export function closing({ kind, payloads }: GraphStream, close: () => void): GraphStream {
  return {
    kind,
    payloads: {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        try {
          const result = await payloads.next();
          if (result.done) close();
          return result;
        } catch (error) {
          close();
          throw error;
        }
      },
      async return() {
        close();
        await payloads.return?.();
        return { value: undefined, done: true };
      },
    },
  };
}

function isIterable(source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> {
  return Symbol.asyncIterator in source;
}

function isState(state: unknown): state is PartsOfState {
  return (
    typeof state === 'object' && state !== null && 'incomplete' in state && Array.isArray(state.incomplete)
  );
}
