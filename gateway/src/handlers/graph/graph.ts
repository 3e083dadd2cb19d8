/**
 * Serves the federated graph over HTTP: GET and POST, one operation a request (GraphQL over HTTP). Whatever goes
 * wrong here is told as a GraphQL error with its code in capitals.
 */
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Graph } from '../../graph/graph.ts';
import { errorText } from '../../graph/refusal.ts';
import type { GraphRequest, GraphText } from '../../graph/request.ts';
import { acceptsOf, type GraphqlAccepts } from '../../wire/graphql/graphql-accept.ts';
import {
  decodeBatch,
  decodeGet,
  decodePost,
  type GraphqlMediaType,
  type GraphqlParameters,
  requireJson,
  statusOf,
} from '../../wire/graphql/graphql-over-http.ts';
import type { StreamKeeper } from '../proxy/stream-keeper.ts';
import { forwardedFields } from '../reshaping/forwarded-fields.ts';
import { executeBatch } from './graph-batch.ts';
import { singleEventReply, streamReply } from './graph-stream.ts';

export interface GraphHandlerOptions {
  readonly graph: Pick<Graph, 'execute' | 'open'>;
  /** The largest request body. */
  readonly maxBodyBytes: number;
  /** Lower-case names of client fields that subgraphs receive (`graph.headers.forward`). */
  readonly forward: readonly string[];
  /** The most operations that one request may hold; 0, the default, takes no batches. */
  readonly maxBatch?: number | undefined;
  /** What bounds streamed answers; without it none are given. */
  readonly keeper?: StreamKeeper | undefined;
}

export function graphHandler(options: GraphHandlerOptions): Handler {
  return async (exchange) => {
    let mediaType: GraphqlMediaType = 'application/json';
    try {
      const accepts = acceptsOf(exchange.headers.get('accept'));
      if (!accepts) throw new FrontdeskError('not_acceptable');
      mediaType = accepts.text ?? mediaType;
      const decoded = await decode(exchange, options.maxBodyBytes, options.maxBatch ?? 0);
      return Array.isArray(decoded)
        ? await serveBatch(exchange, decoded, mediaType, options)
        : await serve(exchange, decoded, accepts, options);
    } catch (thrown) {
      // To whoever left there is nothing to say: that is for the steps above.
      if (exchange.cancellation.cancelled) throw thrown;
      const error = toFrontdeskError(thrown);
      exchange.error = error;
      return errorReply(error, mediaType);
    }
  };
}

async function decode(
  exchange: Exchange,
  maxBodyBytes: number,
  maxBatch: number,
): Promise<GraphqlParameters | GraphqlParameters[]> {
  const { method, headers, body } = exchange;
  if (method === 'GET') {
    if (body.length !== 0) {
      const error = new FrontdeskError('bad_request', { members: { reason: 'A GET request has no body.' } });
      body.discard(error);
      throw error;
    }
    return decodeGet(exchange.query, headers);
  }
  if (method !== 'POST') {
    const error = new FrontdeskError('method_not_allowed', { headers: [['allow', 'GET, POST']] });
    body.discard(error);
    throw error;
  }
  try {
    requireJson(headers);
  } catch (error) {
    body.discard(toFrontdeskError(error));
    throw error;
  }
  const bytes = await collect(body, maxBodyBytes, tooLarge);
  return maxBatch > 0 ? decodeBatch(bytes, maxBatch) : decodePost(bytes);
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('payload_too_large', {
    detail: `a GraphQL request of more than ${maxBytes} bytes`,
  });
}

async function serve(
  exchange: Exchange,
  parameters: GraphqlParameters,
  accepts: GraphqlAccepts,
  { graph, forward, keeper }: GraphHandlerOptions,
): Promise<Reply> {
  const request: GraphRequest = {
    ...parameters,
    context: exchange,
    forwarded: forwardedFields(exchange.headers, forward),
    queryOnly: exchange.method === 'GET',
    charge: exchange.charge,
    chargeOperation: exchange.chargeOperation,
    paid: true,
    debug: exchange.headers.get('frontdesk-debug'),
    accepts: accepts.streams,
  };
  if (!accepts.streams || !keeper) return textReply(await graph.execute(request), accepts);
  const answer = await graph.open(request);
  if (!('payloads' in answer)) return textReply(answer, accepts);
  const form = answer.kind === 'subscription' ? accepts.subscription : accepts.incremental;
  if (!form) throw new TypeError('a stream that nobody asked for');
  return streamReply(exchange, answer, form, keeper);
}

function textReply({ body, refusal, headers: fields }: GraphText, accepts: GraphqlAccepts): Reply {
  const mediaType = accepts.text ?? 'application/json';
  if (!accepts.text && accepts.subscription === 'sse' && (!refusal || refusal.kind === 'document')) {
    return singleEventReply(body);
  }
  const headers = replyHeaders(mediaType);
  if (fields) addFields(headers, fields);
  if (!refusal) return makeReply(200, headers, new WholeBody(body));
  if (refusal.status === 405) headers.append('allow', 'POST');
  return makeReply(statusOf(mediaType, refusal), headers, new WholeBody(body));
}

/** Every operation's refusal stands in its own answer: the batch itself is well. */
async function serveBatch(
  exchange: Exchange,
  batch: readonly GraphqlParameters[],
  mediaType: GraphqlMediaType,
  { graph, forward }: GraphHandlerOptions,
): Promise<Reply> {
  const forwarded = forwardedFields(exchange.headers, forward);
  const { charge, chargeOperation } = exchange;
  const debug = exchange.headers.get('frontdesk-debug');
  const body = await executeBatch(exchange, batch, async (parameters, paid) => {
    const request = { ...parameters, context: exchange, forwarded, charge, chargeOperation, paid, debug };
    return (await graph.execute(request)).body;
  });
  return makeReply(200, replyHeaders(mediaType), new WholeBody(body));
}

function replyHeaders(mediaType: GraphqlMediaType): HeaderFields {
  return new HeaderFields([
    'content-type',
    `${mediaType}; charset=utf-8`,
    'cache-control',
    'no-store',
    'vary',
    'accept',
  ]);
}

/** What the subgraphs say of caching takes the place of our own word; all else is added. */
function addFields(headers: HeaderFields, fields: readonly string[]): void {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    if (name === 'cache-control') headers.set(name, value);
    else headers.append(name, value);
  }
}

function errorReply(error: FrontdeskError, mediaType: GraphqlMediaType): Reply {
  const headers = replyHeaders(mediaType);
  for (const [name, value] of error.headers) headers.append(name, value);
  if (error.retryAfterS !== undefined) headers.append('retry-after', String(Math.ceil(error.retryAfterS)));
  return makeReply(error.status, headers, new WholeBody(errorText(error)));
}
