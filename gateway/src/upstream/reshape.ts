/**
 * Reshapes replies for whoever asked, route, BFF or graph: takes out members that nobody may see, which fails closed,
 * and gives JSON another shape by rules.
 */
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { forgetBytes, formatOf, isEncoded } from '../wire/coding/body-format.ts';
import { isEventStream } from '../wire/events/sse-reader.ts';
import { compileJsonText, type JsonRules } from '../wire/json/json-reshape.ts';
import { bothStrip, type JsonStripper } from '../wire/json/json-strip.ts';
import { stripReply } from '../wire/strip-reply.ts';
import type { Policy, UpstreamCall } from './call.ts';

export function reshape(strip: JsonStripper, maxBytes: number): Policy {
  return async (call, next) => {
    const reply = await next(call);
    // A stream has no end to wait for: whoever takes its messages apart strips each.
    if (hasMessages(call, reply)) return { ...reply, strip };
    return stripReply(reply, strip, maxBytes);
  };
}

/** Whether whoever called puts each message through the reply's `strip`. */
function hasMessages(call: UpstreamCall, reply: UpstreamReply): boolean {
  return (
    (call.stream !== undefined && isStream(reply)) || (call.readsMessages === true && isGrpc(reply.headers))
  );
}

function isGrpc(headers: HeaderFields): boolean {
  return headers.get('content-type')?.startsWith('application/grpc') ?? false;
}

function isStream({ socket, headers }: UpstreamReply): boolean {
  return socket !== undefined || isEventStream(headers.get('content-type'));
}

/**
 * Gives JSON replies with a status of 2xx, and each message of gRPC, another shape. Those of other types pass as they
 * are; of a stream's messages what `deny` names is taken out, and nothing else is changed.
 */
export function reshapeJson(config: JsonRules, maxBytes: number): Policy {
  const rules = compileJsonText(config);
  const denied = config.deny && compileJsonText({ deny: config.deny });
  return async (call, next) => {
    const reply = await next(call);
    if (call.stream && isStream(reply)) {
      return denied ? { ...reply, strip: bothStrip(reply.strip, denied) } : reply;
    }
    const { status, headers, body, settled } = reply;
    if (isGrpc(headers) && hasMessages(call, reply))
      return { ...reply, strip: bothStrip(reply.strip, rules) };
    if (status < 200 || status > 299 || formatOf(headers.get('content-type')) !== 'json') return reply;
    if (isEncoded(headers)) {
      const error = unreadable(`its content-encoding is ${headers.get('content-encoding')}`);
      body.discard(error);
      throw error;
    }
    const bytes = await collect(body, maxBytes, (max) => {
      return new FrontdeskError('upstream_too_large', {
        detail: `a reply cannot be reshaped past ${max} bytes`,
      });
    });
    forgetBytes(headers);
    if (bytes.length === 0) return { status, headers, body: new WholeBody(bytes), settled };
    const reshaped = rules(bytes);
    if (!reshaped) throw unreadable('its body is not JSON');
    headers.set('content-length', String(reshaped.length));
    return { status, headers, body: new WholeBody(reshaped), settled };
  };
}

function unreadable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `a reply is to be reshaped, but ${why}` });
}
