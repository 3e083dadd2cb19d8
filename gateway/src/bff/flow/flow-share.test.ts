import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { shareOf, tooManyKept } from './flow-share.ts';

const settings = { keptPerCaller: 3, keep: 1000, lease: 10 };
const callerOf = (address: string, subject?: string) =>
  shareOf(
    {
      identity: subject === undefined ? undefined : makeIdentity({ subject }),
      client: { address, scheme: 'http' },
    },
    settings,
  ).caller;

test('who is known is one caller wherever it comes from; who is not is its address, or its /64', () => {
  assert.equal(callerOf('192.0.2.1', 'u1'), callerOf('192.0.2.2', 'u1'));
  assert.notEqual(callerOf('192.0.2.1', 'u1'), callerOf('192.0.2.1', 'u2'));
  assert.notEqual(callerOf('192.0.2.1'), callerOf('192.0.2.2'));
  assert.equal(callerOf('2001:db8:0:1::1'), callerOf('2001:db8:0:1:ffff::2'));
  assert.notEqual(callerOf('2001:db8:0:1::1'), callerOf('2001:db8:0:2::1'));
});

test('a run counts for as long as it may be kept', () => {
  const { max, keepMs } = shareOf({ identity: undefined, client: undefined }, settings);
  assert.deepEqual([max, keepMs], [3, 1010]);
});

test('the caller is told that its keys are used up, the log by which setting', () => {
  const { code, detail, retryAfterS } = tooManyKept(3);
  assert.deepEqual([code, retryAfterS], ['rate_limited', 60]);
  assert.match(String(detail), /3 runs.*flows\.keptPerCaller/);
});
