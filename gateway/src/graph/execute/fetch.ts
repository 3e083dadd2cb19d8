/**
 * One request to a subgraph, through the one door to the backends. Whatever goes wrong comes back as a value: a
 * fetch that fails costs its own fields and nothing else.
 */
import { collect, type Flow, WholeBody } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import type { RequestFields } from '../headers/request-headers.ts';
import type { ResponseFields } from '../headers/response-headers.ts';
import type { FetchNode } from '../plan/plan.ts';
import { entryOf } from './failure.ts';
import { type ErrorRules, readReply, type SubgraphReply } from './reply.ts';

/** Where a subgraph is reached: an upstream of the configuration, and the path of its GraphQL endpoint. */
export type UpstreamOf = (subgraph: string) => { readonly upstream: string; readonly path: string };

export interface FetchOptions {
  readonly callUpstream: CallUpstream;
  readonly upstreamOf: UpstreamOf;
  readonly logger: Logger;
  /** The largest reply, decoded. */
  readonly maxReplyBytes: number;
  readonly errors: ErrorRules;
  /** Whether identical queries in flight may be one call. Default: no. */
  readonly share?: boolean | undefined;
  /** What a subgraph receives of the client's fields; `undefined` where it gets them as they are. */
  readonly requestFields?: ((subgraph: string) => RequestFields | undefined) | undefined;
}

export interface SubgraphCall {
  readonly context: CallContext;
  /** Fields of the client's request that subgraphs may see: alternating names and values. */
  readonly forwarded: readonly string[];
  /** Takes fields of the reply. */
  readonly replyFields?: ResponseFields | undefined;
  /** The request's JSON text. */
  readonly body: string;
}

/** Sends a request to one subgraph. Never rejects. */
export type SendToSubgraph = (call: SubgraphCall) => Promise<SubgraphReply>;

const HEADERS = [
  'content-type',
  'application/json',
  'accept',
  'application/graphql-response+json, application/json',
];

export function subgraphSender(
  subgraph: string,
  operationKind: FetchNode['operationKind'],
  options: FetchOptions,
): SendToSubgraph {
  const { callUpstream, logger, maxReplyBytes, errors } = options;
  const { upstream, path } = options.upstreamOf(subgraph);
  const label = `graph:${subgraph}`;
  const fields = options.requestFields?.(subgraph);
  const shareBytes = options.share ? maxReplyBytes : undefined;
  const idempotent = operationKind === 'query';
  return async ({ context, forwarded: client, replyFields, body }) => {
    const forwarded = fields ? fields(client) : client;
    try {
      const reply = await callUpstream({
        upstream,
        context,
        method: 'POST',
        path,
        headers: new HeaderFields(forwarded.length > 0 ? [...HEADERS, ...forwarded] : HEADERS.slice()),
        body: new WholeBody(body),
        idempotent,
        share: idempotent ? shareBytes : undefined,
        label,
      });
      replyFields?.add(subgraph, reply.headers);
      const text = await readText(reply, maxReplyBytes, context);
      const read = readReply(reply.status, reply.headers.get('content-type'), text, subgraph, errors);
      if (read.failed) logger.debug({ requestId: context.id, subgraph }, 'subgraph answered with errors');
      return read;
    } catch (thrown) {
      const error = toFrontdeskError(thrown);
      replyFields?.forbidCaching();
      logger.warn(
        { requestId: context.id, subgraph, code: error.code, detail: error.detail },
        'subgraph fetch failed',
      );
      return { data: null, entries: [entryOf(error, subgraph)], failed: true, plain: true };
    }
  };
}

/** The body as text; gives up when the exchange is cancelled. */
function readText(reply: UpstreamReply, maxBytes: number, context: CallContext): Promise<string> {
  const tooLarge = (limit: number) =>
    new FrontdeskError('upstream_too_large', { detail: `a reply of more than ${limit} bytes` });
  const { body } = reply;
  if (body instanceof WholeBody) return collect(body, maxBytes, tooLarge).then(decode);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let stopListening: (() => void) | undefined;
  const onFlow = (flow: Flow): void => {
    stopListening = context.cancellation.onCancel((reason) => {
      flow.cancel(reason);
      reject(reason);
    });
  };
  collect(body, maxBytes, tooLarge, onFlow).then(
    (bytes) => {
      stopListening?.();
      resolve(decode(bytes));
    },
    (error: unknown) => {
      stopListening?.();
      reject(error);
    },
  );
  return promise;
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
