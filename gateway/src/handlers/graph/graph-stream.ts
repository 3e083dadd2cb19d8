/** Answers of GraphQL in several payloads: as Server-Sent Events or as `multipart/mixed`. */
import { WholeBody } from '../../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { errorList } from '../../graph/refusal.ts';
import type { GraphStream } from '../../graph/request.ts';
import {
  DEFER_MEDIA_TYPE,
  MULTIPART_CLOSE,
  MULTIPART_OPEN,
  multipartPart,
  SUBSCRIPTION_HEARTBEAT,
  SUBSCRIPTION_MEDIA_TYPE,
  subscriptionFailure,
  subscriptionPayload,
} from '../../wire/events/multipart.ts';
import { SSE_COMPLETE, SSE_HEARTBEAT, SSE_MEDIA_TYPE, sseNext } from '../../wire/events/sse.ts';
import type { StreamForm } from '../../wire/graphql/graphql-accept.ts';
import type { StreamKeeper } from '../proxy/stream-keeper.ts';
import { PayloadBody, type StreamDialect, streamHeaders } from '../reshaping/payload-body.ts';

interface Dialect extends StreamDialect {
  readonly mediaType: string;
}

const SSE: Dialect = {
  mediaType: SSE_MEDIA_TYPE,
  open: '',
  heartbeat: SSE_HEARTBEAT,
  complete: SSE_COMPLETE,
  payload: sseNext,
  failure: (reason) => sseNext(`{"errors":${errorList(reason)}}`) + SSE_COMPLETE,
};

const MULTIPART_SUBSCRIPTION: Dialect = {
  mediaType: SUBSCRIPTION_MEDIA_TYPE,
  open: MULTIPART_OPEN,
  heartbeat: multipartPart(SUBSCRIPTION_HEARTBEAT, false),
  complete: MULTIPART_CLOSE,
  payload: (json) => multipartPart(subscriptionPayload(json), false),
  failure: (reason) => multipartPart(subscriptionFailure(errorList(reason)), true),
};

const MULTIPART_DEFER: Dialect = {
  mediaType: DEFER_MEDIA_TYPE,
  open: MULTIPART_OPEN,
  // Its readers know no empty part.
  heartbeat: undefined,
  complete: MULTIPART_CLOSE,
  payload: (json) => multipartPart(json, false),
  failure: (reason) => multipartPart(`{"errors":${errorList(reason)},"hasNext":false}`, true),
};

function dialectOf(form: StreamForm, kind: GraphStream['kind']): Dialect {
  if (form === 'sse') return SSE;
  return kind === 'subscription' ? MULTIPART_SUBSCRIPTION : MULTIPART_DEFER;
}

/** The reply that streams `stream`. Throws `rate_limited` where the caller has too many open; then it is ended. */
export function streamReply(
  exchange: Exchange,
  stream: GraphStream,
  form: StreamForm,
  keeper: StreamKeeper,
): Reply {
  const dialect = dialectOf(form, stream.kind);
  const { clock, config } = keeper;
  const { payloads } = stream;
  const isBrief = stream.kind === 'incremental';
  const body = new PayloadBody({
    exchange,
    payloads,
    dialect,
    clock,
    heartbeatMs: config.heartbeat,
    isBrief,
  });
  try {
    body.keep((end) => keeper.keepAnswer(form, exchange, end));
  } catch (error) {
    payloads.return?.().catch(() => {});
    throw error;
  }
  return makeReply(200, streamHeaders(dialect.mediaType), body);
}

/** A whole answer as a stream of one event, for clients that take nothing else. */
export function singleEventReply(json: string): Reply {
  return makeReply(200, streamHeaders(SSE_MEDIA_TYPE), new WholeBody(sseNext(json) + SSE_COMPLETE));
}
