import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { callerOf } from './request-runs.ts';

const client = { address: '192.0.2.7', scheme: 'http' } as const;

test('limits on fields are drawn by the consumer and who it speaks for, or else by address', () => {
  const subject = makeIdentity({ subject: 'u1' });
  assert.deepEqual(callerOf({ identity: makeIdentity({ subject: 'u1', consumer: 'acme' }), client }), [
    'acme',
    'u1',
  ]);
  assert.deepEqual(callerOf({ identity: subject, client }), ['u1', 'u1']);
  assert.deepEqual(callerOf({ identity: undefined, client }), ['', '192.0.2.7']);
});
