/** Reshapes replies for whoever asked, route, BFF or graph: so far it strips members that nobody may see. */
import type { JsonStripper } from '../wire/json-strip.ts';
import { stripReply } from '../wire/strip-reply.ts';
import type { Policy } from './call.ts';

export function reshape(strip: JsonStripper, maxBytes: number): Policy {
  return async (call, next) => stripReply(await next(call), strip, maxBytes);
}
