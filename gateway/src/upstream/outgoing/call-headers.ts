/**
 * An upstream's own rules for header fields, whoever calls it: routes, BFFs, the graph. They come after `forwarding`, so
 * they see and change what would be sent; what that step says itself they cannot set.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { type ApplyHeaderRules, callHeaderRules } from '../../wire/header-rules.ts';
import type { Policy } from '../call.ts';

export const callRequestConfig = z
  .strictObject({
    headers: callHeaderRules
      .optional()
      .describe('Header fields of each call, with values of identity and time'),
  })
  .prefault({});

export function callHeaders(apply: ApplyHeaderRules, clock: Clock): Policy {
  return (call, next) => {
    apply(call.headers, call.context, clock);
    return next(call);
  };
}
