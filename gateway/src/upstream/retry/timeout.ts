/**
 * Limits one attempt: from here until the reply's head. Where the request's body is still coming, the time of its
 * upload does not count, as long as the backend takes it. What remains of the exchange's deadline cuts it; then the
 * deadline itself ends the attempt, and no timer of ours is needed.
 */
import { z } from 'zod';
import { WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { durationMs } from '../../settings/settings.ts';
import type { Policy, UpstreamCall } from '../call.ts';
import { TimedUpload } from './timed-upload.ts';

export const timeoutConfig = z
  .strictObject({
    connect: durationMs.prefault('1s').describe('Opening a connection, name resolution and TLS included'),
    attempt: durationMs
      .prefault('5s')
      .describe(
        "One attempt, until the reply's head; counted from the end of a request body that is streamed",
      ),
    idle: durationMs
      .prefault('5s')
      .describe("Silence within a reply's body, or a backend that takes no more of a request's"),
  })
  .prefault({});

export type TimeoutConfig = z.output<typeof timeoutConfig>;

export function timeout({ attempt, idle }: Pick<TimeoutConfig, 'attempt' | 'idle'>, clock: Clock): Policy {
  return (call, next) => {
    const limitMs = call.timeoutMs ?? attempt;
    const remainingMs = call.context.deadline.remainingMs();
    if (remainingMs <= 0) return Promise.reject(new FrontdeskError('deadline_exceeded'));
    if (!(call.body instanceof WholeBody)) return uploading(call, next, clock, limitMs, idle);
    if (remainingMs <= limitMs) return next(call);
    const disarm = clock.after(limitMs, () => {
      call.running?.abort(late(`no reply in ${limitMs} ms`));
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

/** Looks when it could be late at the earliest, rather than with every chunk. */
async function uploading(
  call: UpstreamCall,
  next: Next<UpstreamCall, UpstreamReply>,
  clock: Clock,
  limitMs: number,
  idleMs: number,
): Promise<UpstreamReply> {
  const { body } = call;
  const upload = new TimedUpload(body, clock);
  const startedAt = clock.now();
  let disarm = (): void => {};
  const look = (): void => {
    const now = clock.now();
    const { waitingSince, heldSince } = upload;
    const waitedMs = waitingSince === undefined ? 0 : now - Math.max(startedAt, waitingSince);
    const heldMs = heldSince === undefined ? 0 : now - heldSince;
    if (waitedMs >= limitMs) call.running?.abort(late(`no reply in ${limitMs} ms`));
    else if (heldMs >= idleMs) call.running?.abort(late(`took nothing of the request for ${idleMs} ms`));
    else disarm = clock.after(Math.min(limitMs - waitedMs, idleMs - heldMs), look);
  };
  look();
  call.body = upload;
  try {
    return await next(call);
  } finally {
    disarm();
    // Another attempt, where there is one, watches for itself.
    call.body = body;
  }
}

function late(detail: string): FrontdeskError {
  return new FrontdeskError('upstream_timeout', { detail });
}
