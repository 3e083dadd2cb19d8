import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { ManualClock } from '../core/manual-clock.ts';
import type { LimitCheck, Limiter } from '../limits/limiter.ts';
import { UpstreamCall } from './call.ts';
import { drawFrom, limit, upstreamLimitConfig } from './limit.ts';
import { systemContext } from './system-context.ts';
import { context, identity, request } from './testing/harness.ts';

function rig(allowed: boolean) {
  const clock = new ManualClock();
  const asked: LimitCheck[] = [];
  const limiter: Limiter = {
    take: async (checks) => {
      asked.push(...checks);
      return checks.map(({ spec }) => ({
        spec,
        allowed,
        remaining: 0,
        resetMs: 0,
        retryAfterMs: 1001,
        waitMs: 0,
      }));
    },
  };
  const policy = limit(
    drawFrom('users', upstreamLimitConfig.parse({ capacity: 10, refill: '10/s' }), limiter, clock),
  );
  const reached = new Error('reached');
  const attempt = (caller: CallContext): Promise<unknown> =>
    policy(new UpstreamCall(request({ context: caller })), () => Promise.reject(reached));
  return { asked, attempt, reached };
}

test('a consumer, a subject and an address each have a bucket of their own', async () => {
  const { asked, attempt, reached } = rig(true);
  const someone: Identity = identity({ consumer: undefined, subject: 'acme' });
  for (const caller of [context({ identity: identity() }), context({ identity: someone }), context()]) {
    await assert.rejects(attempt(caller), (error) => error === reached);
  }
  assert.deepEqual(
    asked.map((check) => check.key),
    [
      ['upstream', 'users', 'consumer', 'acme'],
      ['upstream', 'users', 'subject', 'acme'],
      ['upstream', 'users', 'address', '203.0.113.9'],
    ],
  );
  assert.deepEqual(asked[0]?.spec, {
    algorithm: 'token-bucket',
    name: 'users',
    capacity: 10,
    refillPerMs: 0.01,
  });
});

test('an empty bucket is 429 with Retry-After in whole seconds, and nothing is sent', async () => {
  await assert.rejects(rig(false).attempt(context()), (error) => {
    assert.ok(error instanceof FrontdeskError);
    assert.deepEqual([error.code, error.status, error.retryAfterS], ['upstream_limited', 429, 2]);
    return true;
  });
});

test('the gateway’s own work is not limited', async () => {
  const { asked, attempt, reached } = rig(false);
  const caller = systemContext({ clock: new ManualClock(), deadlineMs: 100 });
  await assert.rejects(attempt(caller), (error) => error === reached);
  assert.equal(asked.length, 0);
});
