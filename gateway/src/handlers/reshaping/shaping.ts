/** A route's rules around whatever answers it: request rules before, reply rules after. */
import type { Handler } from '../../core/exchange.ts';
import type { ReplyRules } from './reply-rules.ts';
import type { RequestRules } from './request-rules.ts';

/** The handler itself where there are no rules: they cost nothing then. */
export function shaped(
  handler: Handler,
  request: RequestRules | undefined,
  reply: ReplyRules | undefined,
): Handler {
  if (!request && !reply) return handler;
  return async (exchange) => {
    // What the rules change of the final reply, hints would say before them.
    if (reply) exchange.interim = undefined;
    const wish = reply?.prepare(exchange);
    const changing = request?.(exchange);
    if (changing) await changing;
    const answer = await handler(exchange);
    return reply && wish && !answer.upgrade ? reply.apply(exchange, answer, wish) : answer;
  };
}
