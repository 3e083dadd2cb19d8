import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpstreamRequest } from '../core/upstream-call.ts';
import { request } from '../upstream/testing/harness.ts';
import { withRetry } from './with-retry.ts';

test('each call carries the same rules; without rules nothing is changed', async () => {
  const seen: UpstreamRequest[] = [];
  const callUpstream = (one: UpstreamRequest) => {
    seen.push(one);
    return Promise.reject(new Error('not sent'));
  };
  assert.equal(withRetry(callUpstream, undefined), callUpstream);
  const rules = { max: 0 };
  const call = withRetry(callUpstream, rules);
  await assert.rejects(call(request()));
  await assert.rejects(call(request()));
  assert.ok(seen.length === 2 && seen.every(({ retry }) => retry === rules));
});
