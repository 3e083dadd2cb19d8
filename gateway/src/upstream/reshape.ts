/** Reshapes replies for whoever asked, route, BFF or graph: so far it strips members that nobody may see. */
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { JsonStripper } from '../wire/json-strip.ts';
import { isEventStream } from '../wire/sse-reader.ts';
import { stripReply } from '../wire/strip-reply.ts';
import type { Policy } from './call.ts';

export function reshape(strip: JsonStripper, maxBytes: number): Policy {
  return async (call, next) => {
    const reply = await next(call);
    // A stream has no end to wait for: whoever takes its messages apart strips each.
    if (call.stream && isStream(reply)) return { ...reply, strip };
    return stripReply(reply, strip, maxBytes);
  };
}

function isStream({ socket, headers }: UpstreamReply): boolean {
  return socket !== undefined || isEventStream(headers.get('content-type'));
}
