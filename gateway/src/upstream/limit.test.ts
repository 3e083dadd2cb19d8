import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { contextOn } from '../core/testing/exchange.ts';
import type { LimitCheck, Limiter } from '../limits/limiter.ts';
import { MemoryLimiter } from '../limits/memory-limiter.ts';
import { UpstreamCall } from './call.ts';
import { drawFrom, limit, upstreamLimitConfig } from './limit.ts';
import { systemContext } from './outgoing/system-context.ts';
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

test('under a leaky bucket a call waits for its turn; past its deadline or the queue it is refused', async () => {
  const clock = new ManualClock();
  const config = upstreamLimitConfig.parse({ algorithm: 'leaky-bucket', rate: '10/s', queue: 2 });
  const draw = drawFrom('users', config, new MemoryLimiter({ clock, meter: noMeter }), clock);
  const caller = () => contextOn(clock, identity());
  const refused = (error: unknown) => error instanceof FrontdeskError && error.code === 'upstream_limited';
  await draw(caller());
  assert.equal(clock.pending, 0);
  const second = draw(caller());
  const hurried = caller();
  hurried.deadline.within(150);
  await assert.rejects(draw(hurried), refused);
  hurried.deadline.end();
  await assert.rejects(draw(caller()), refused);
  await new Promise(setImmediate);
  clock.advance(100);
  await second;
  assert.equal(clock.pending, 0);
});
