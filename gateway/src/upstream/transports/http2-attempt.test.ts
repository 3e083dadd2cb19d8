import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { coded } from '../../core/testing/errors.ts';
import { context } from '../testing/harness.ts';
import { Http2Attempt } from './http2-attempt.ts';
import { call } from './undici.fixture.ts';

// What an attempt does with a stream is seen in http2.test.ts, against real servers.

function attempt(of = call()): Http2Attempt {
  const limits = { origin: 'http://a', basePath: '', maxReplyBytes: 1, maxHeaderBytes: 1 };
  const common = { clock: systemClock, idleMs: 1, scheme: 'http', authority: 'a' } as const;
  return new Http2Attempt(of, { ...common, limits, onUnprocessed() {}, onWithdrawn() {}, onSilence() {} });
}

test('one that waits for a connection can be given up, and is refused once', async () => {
  const one = attempt();
  one.abort(new FrontdeskError('upstream_timeout'));
  one.refuse(new FrontdeskError('upstream_connect'));
  assert.equal(one.over, true);
  assert.equal(one.streamId, 0);
  await assert.rejects(one.head, coded('upstream_timeout'));
});

test('one whose causer has left never begins', async () => {
  const caller = context();
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  const one = attempt(call({ context: caller }));
  assert.equal(one.over, true);
  await assert.rejects(one.head, coded('client_closed'));
});
