/**
 * Serves the federated graph over HTTP: GET and POST, one operation a request (GraphQL over HTTP). Whatever goes
 * wrong here is told as a GraphQL error with its code in capitals.
 */
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Graph } from '../graph/graph.ts';
import {
  decodeGet,
  decodePost,
  type GraphqlMediaType,
  type GraphqlParameters,
  negotiate,
  requireJson,
  statusOf,
} from '../wire/graphql-over-http.ts';

export interface GraphHandlerOptions {
  readonly graph: Graph;
  /** The largest request body. */
  readonly maxBodyBytes: number;
  /** Lower-case names of client fields that subgraphs receive (`graph.headers.forward`). */
  readonly forward: readonly string[];
}

export function graphHandler(options: GraphHandlerOptions): Handler {
  return async (exchange) => {
    let mediaType: GraphqlMediaType = 'application/json';
    try {
      const negotiated = negotiate(exchange.headers.get('accept'));
      if (!negotiated) throw new FrontdeskError('not_acceptable');
      mediaType = negotiated;
      const parameters = await decode(exchange, options.maxBodyBytes);
      return await serve(exchange, parameters, mediaType, options);
    } catch (thrown) {
      // To whoever left there is nothing to say: that is for the steps above.
      if (exchange.cancellation.cancelled) throw thrown;
      const error = toFrontdeskError(thrown);
      exchange.error = error;
      return errorReply(error, mediaType);
    }
  };
}

async function decode(exchange: Exchange, maxBodyBytes: number): Promise<GraphqlParameters> {
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
  return decodePost(await collect(body, maxBodyBytes, tooLarge));
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('payload_too_large', {
    detail: `a GraphQL request of more than ${maxBytes} bytes`,
  });
}

async function serve(
  exchange: Exchange,
  parameters: GraphqlParameters,
  mediaType: GraphqlMediaType,
  { graph, forward }: GraphHandlerOptions,
): Promise<Reply> {
  const queryOnly = exchange.method === 'GET';
  const { body, refusal } = await graph.execute({
    ...parameters,
    context: exchange,
    forwarded: forward.length > 0 ? forwardedFields(exchange.headers, forward) : undefined,
    queryOnly,
    charge: exchange.charge,
    paid: true,
  });
  const headers = replyHeaders(mediaType);
  if (!refusal) return makeReply(200, headers, new WholeBody(body));
  if (refusal.status === 405) headers.append('allow', 'POST');
  return makeReply(statusOf(mediaType, refusal), headers, new WholeBody(body));
}

function forwardedFields(headers: HeaderFields, names: readonly string[]): string[] {
  const fields: string[] = [];
  for (const name of names) for (const value of headers.getAll(name)) fields.push(name, value);
  return fields;
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

function errorReply(error: FrontdeskError, mediaType: GraphqlMediaType): Reply {
  const { reason } = error.members;
  const message = typeof reason === 'string' ? reason : error.message;
  const headers = replyHeaders(mediaType);
  for (const [name, value] of error.headers) headers.append(name, value);
  if (error.retryAfterS !== undefined) headers.append('retry-after', String(Math.ceil(error.retryAfterS)));
  const body = JSON.stringify({ errors: [{ message, extensions: { code: error.code.toUpperCase() } }] });
  return makeReply(error.status, headers, new WholeBody(body));
}
