/**
 * The GraphQL face of a BFF (GraphQL over HTTP), executed by Apollo Server: its conventions and plugins are what
 * front-end teams know. Only the parts that an operation selects are fetched.
 */
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { CachePolicy } from '../../bff/screen/cache-policy.ts';
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { Refusal } from '../../graph/refusal.ts';
import type { GraphStream, GraphText } from '../../graph/request.ts';
import { acceptsOf } from '../../wire/graphql/graphql-accept.ts';
import { type GraphqlParameters, jsonBody, requireJson } from '../../wire/graphql/graphql-over-http.ts';
import { singleEventReply, streamReply } from '../graph/graph-stream.ts';
import { operationReply } from '../operation-body.ts';
import { OperationExchange } from '../operation-exchange.ts';
import { NO_STORE, textReply } from './answer-reply.ts';
import { type ApolloServerOptions, startApolloServer } from './apollo-server.ts';
import type { AskedRequest, BffDocuments } from './bff-documents.ts';
import { closing } from './graphql-streams.ts';
import type { BffStreams } from './live-session.ts';
import { QuickAnswers } from './quick-answers.ts';
import type { RequestRuns } from './request-runs.ts';
import type { StreamSlot } from './stream-slot.ts';

const MAX_REQUEST_BYTES = 256 * 1024;

export interface GraphqlFaceOptions extends ApolloServerOptions {
  readonly documents: BffDocuments;
  /** The runs of an exchange's screens; each is begun when it is first asked for. */
  readonly openRuns: (exchange: Exchange) => RequestRuns;
  /** What bounds answers in several payloads; `undefined`: none are given. */
  readonly streams: Pick<BffStreams, 'keeper'> | undefined;
}

export interface GraphqlFace {
  readonly handler: Handler;
  /** Answers an operation that came over a WebSocket; `undefined` where none are spoken. */
  readonly operation: Handler | undefined;
  dispose(): Promise<void>;
}

/** Starts the server; the face is ready when the promise resolves. */
export async function startGraphqlFace(options: GraphqlFaceOptions): Promise<GraphqlFace> {
  // A team's plugins see every request.
  const quick = options.plugins.length === 0 ? new QuickAnswers(options.schema) : undefined;
  const server = await startApolloServer(quick ? { ...options, plugins: [quick.plugin] } : options);
  const run = runnerOf(server, options, quick);
  const { streams } = options;
  return {
    handler: httpHandler(run, streams),
    operation: streams && socketHandler(run),
    dispose: () => server.stop(),
  };
}

/** Answers with a whole text, the stream that was left in its place, or why there is none. */
type Run = (
  exchange: Exchange,
  asked: AskedRequest,
  accepts: StreamSlot['accepts'],
) => Promise<Refusal | GraphStream | WholeAnswer>;

function runnerOf(
  server: ApolloServer<RequestRuns>,
  { documents, openRuns }: Pick<GraphqlFaceOptions, 'documents' | 'openRuns'>,
  quick: QuickAnswers | undefined,
): Run {
  return async (exchange, asked, accepts) => {
    const filled = await documents.fill(asked);
    if (filled instanceof Refusal) return filled;
    const { request } = filled;
    const accept = acceptFor(exchange, accepts);
    const runs = openRuns(exchange);
    runs.slot.accepts = accepts;
    let stream: GraphStream | undefined;
    try {
      const known = request.method === 'POST' && (await quick?.answer(request.body, accept, runs));
      if (known) {
        exchange.cancellation.throwIfCancelled();
        filled.keep();
        return {
          status: 200,
          headers: [['content-type', known.contentType]],
          text: known.text,
          policy: undefined,
        };
      }
      const {
        status = 200,
        headers,
        body,
      } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { ...request, headers: headersFor(exchange, accept) },
        context: () => Promise.resolve(runs),
      });
      // The client left or the exchange's own deadline passed: that is the answer, not what it made of the parts.
      exchange.cancellation.throwIfCancelled();
      if (body.kind !== 'complete') throw new FrontdeskError('internal', { detail: 'an incremental answer' });
      if (status === 200) filled.keep();
      stream = runs.slot.stream && closing(runs.slot.stream, () => runs.close());
      if (status === 200 && !stream) quick?.learnType(accept, headers);
      return stream ?? { status, headers, text: body.string, policy: runs.cachePolicy() };
    } finally {
      if (!stream) runs.close();
    }
  };
}

function httpHandler(run: Run, streams: GraphqlFaceOptions['streams']): Handler {
  return async (exchange) => {
    const accepts = streams && acceptsOf(exchange.headers.get('accept'));
    const answer = await run(exchange, await readRequest(exchange), accepts?.streams);
    if (answer instanceof Refusal) return refusalReply(answer);
    if ('payloads' in answer) {
      const form = answer.kind === 'subscription' ? accepts?.subscription : accepts?.incremental;
      if (!form || !streams) throw new TypeError('a stream that nobody asked for');
      return streamReply(exchange, answer, form, streams.keeper);
    }
    // To one who takes nothing but events, also what is whole comes as one.
    const isEvent = accepts && !accepts.text && answer.status === 200;
    return isEvent ? singleEventReply(answer.text.trimEnd()) : wholeReply(exchange, answer);
  };
}

/** An operation of a WebSocket: the answer is the reply's body. */
function socketHandler(run: Run): Handler {
  return async (exchange) => {
    if (!(exchange instanceof OperationExchange)) throw new TypeError('not an operation of a WebSocket');
    const request = { method: 'POST', search: '', body: said(exchange.parameters) };
    const answer = await run(exchange, request, { subscription: true, incremental: true });
    if (answer instanceof Refusal)
      return operationReply({ body: '', errors: answer.errors.length, refusal: answer });
    return operationReply('payloads' in answer ? answer : textOf(answer));
  };
}

/** As a body would say it: what is not said is not there. */
function said(parameters: GraphqlParameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

interface WholeAnswer {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly text: string;
  readonly policy: CachePolicy | undefined;
}

/** Apollo Server then gives what is deferred apart, and what is whole as JSON. */
const TAKES_DEFERRED = 'multipart/mixed; deferSpec=20220824, application/json; q=0.9';

/** What Apollo Server is told of the forms that the client takes: streams are not its matter. */
function acceptFor(exchange: Exchange, accepts: StreamSlot['accepts']): string | undefined {
  if (!accepts) return exchange.headers.get('accept');
  return accepts.incremental ? TAKES_DEFERRED : 'application/json';
}

function headersFor(exchange: Exchange, accept: string | undefined): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of exchange.headers) headers.set(name, value);
  if (accept !== undefined) headers.set('accept', accept);
  if (exchange instanceof OperationExchange) headers.set('content-type', 'application/json');
  return headers;
}

function wholeReply(exchange: Exchange, { status, headers, text, policy }: WholeAnswer): Reply {
  const fields = new HeaderFields();
  for (const [name, value] of headers) fields.set(name, value);
  fields.delete('content-length');
  const mayKeep = exchange.method === 'GET' && status === 200 && policy && !fields.has('cache-control');
  // The same text comes as one media type or another, or as an event.
  if (mayKeep) return textReply(exchange, text, fields, { ...policy, vary: ['accept', ...policy.vary] });
  if (!fields.has('cache-control')) fields.set('cache-control', NO_STORE);
  return makeReply(status, fields, new WholeBody(text));
}

/** On a socket, what was not executed is an `error` message. */
function textOf({ text }: WholeAnswer): GraphText {
  const answer: { readonly data?: unknown; readonly errors?: Refusal['errors'] } = JSON.parse(text);
  const { data, errors = [] } = answer;
  const refusal = data === undefined ? new Refusal('document', 400, errors) : undefined;
  return { body: text, errors: errors.length, refusal };
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

async function readRequest(exchange: Exchange): Promise<AskedRequest> {
  const { method, query, headers } = exchange;
  const search = query === '' ? '' : `?${query}`;
  if (method !== 'POST') return { method, search, body: undefined };
  requireJson(headers);
  const bytes = await collect(
    exchange.body,
    MAX_REQUEST_BYTES,
    () => new FrontdeskError('payload_too_large'),
  );
  return { method, search, body: jsonBody(bytes) };
}
