/**
 * Limits one attempt: from here until the reply's head. What remains of the exchange's deadline cuts it; then the
 * deadline itself ends the attempt, and no timer of ours is needed.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { durationMs } from '../settings/settings.ts';
import type { Policy } from './call.ts';

export const timeoutConfig = z
  .strictObject({
    connect: durationMs.prefault('1s').describe('Opening a connection, name resolution and TLS included'),
    attempt: durationMs.prefault('5s').describe("One attempt, until the reply's head"),
    idle: durationMs.prefault('5s').describe("Silence within a reply's body"),
  })
  .prefault({});

export type TimeoutConfig = z.output<typeof timeoutConfig>;

export function timeout(attemptMs: number, clock: Clock): Policy {
  return (call, next) => {
    const limitMs = call.timeoutMs ?? attemptMs;
    const remainingMs = call.context.deadline.remainingMs();
    if (remainingMs <= 0) return Promise.reject(new FrontdeskError('deadline_exceeded'));
    if (remainingMs <= limitMs) return next(call);
    const disarm = clock.after(limitMs, () => {
      call.running?.abort(new FrontdeskError('upstream_timeout', { detail: `no reply in ${limitMs} ms` }));
    });
    return next(call).then(
      (reply) => {
        disarm();
        return reply;
      },
      (error: unknown) => {
        disarm();
        throw error;
      },
    );
  };
}
