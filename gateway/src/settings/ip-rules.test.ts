import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipRulesConfig } from './ip-rules.ts';

test('rules without any address are a fault, and so is a range that is none', () => {
  assert.equal(ipRulesConfig.safeParse({ deny: ['192.0.2.0/24'] }).success, true);
  assert.equal(ipRulesConfig.safeParse({ denyFile: 'deny.txt' }).success, true);
  assert.match(
    ipRulesConfig.safeParse({}).error?.issues[0]?.message ?? '',
    /expected an address in allow or deny/,
  );
  assert.equal(ipRulesConfig.safeParse({ allow: ['10.0.0.1/8'] }).success, false);
});
