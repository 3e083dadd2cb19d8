import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { parseRange } from '../core/ip-address.ts';
import { IpSet } from '../core/ip-set.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { ipRulesConfig } from '../settings/ip-rules.ts';
import { filesOfIpRules, ipRules } from './ip-rules.ts';

async function comes(address: string, rules: unknown, file: readonly string[] = []): Promise<boolean> {
  const ranges = new IpSet(file.map(parseRange).filter((range) => range !== undefined));
  const step = ipRules(ipRulesConfig.parse(rules), {
    fileAt: () => ({ ranges }),
    meter: noMeter,
    label: '/a',
  });
  assert.ok(step);
  const { exchange } = makeExchange({ address });
  try {
    await step(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
    return true;
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'forbidden');
    return false;
  }
}

test('whoever is allowed comes, and then nobody else', async () => {
  const rules = { allow: ['10.0.0.0/8', '2001:db8::/32'] };
  assert.equal(await comes('10.1.2.3', rules), true);
  assert.equal(await comes('2001:db8::1', rules), true);
  assert.equal(await comes('::ffff:10.1.2.3', rules), true);
  assert.equal(await comes('11.0.0.1', rules), false);
  assert.equal(await comes('', rules), false);
});

test('whoever is denied does not come, and everybody else does', async () => {
  const rules = { deny: ['192.0.2.0/24'] };
  assert.equal(await comes('192.0.2.1', rules), false);
  assert.equal(await comes('192.0.3.1', rules), true);
  assert.equal(await comes('2001:db8::1', rules), true);
  for (const none of ['', 'fe80::1%eth0', 'localhost']) assert.equal(await comes(none, rules), false);
});

test('the edges of ranges, and ranges of everything', async () => {
  assert.equal(await comes('255.255.255.255', { deny: ['0.0.0.0/0'] }), false);
  assert.equal(await comes('::1', { deny: ['0.0.0.0/0'] }), true);
  assert.equal(await comes('::', { deny: ['::/0'] }), false);
  assert.equal(await comes('::ffff:1.2.3.4', { deny: ['::ffff:0:0/96'] }), false);
  assert.equal(await comes('1.2.3.4', { deny: ['1.2.3.4/32'] }), false);
  assert.equal(await comes('1.2.3.5', { deny: ['1.2.3.4/32'] }), true);
  assert.equal(await comes('2001:db8::1', { deny: ['2001:db8::/127'] }), false);
  assert.equal(await comes('2001:db8::2', { deny: ['2001:db8::/127', '2001:db8::3/128'] }), true);
});

test('the longest range says, and of two of one length the one that denies', async () => {
  const rules = { allow: ['10.0.0.0/8', '10.1.2.3', '10.5.0.0/16'], deny: ['10.1.0.0/16', '10.5.0.0/16'] };
  assert.equal(await comes('10.9.9.9', rules), true);
  assert.equal(await comes('10.1.9.9', rules), false);
  assert.equal(await comes('10.1.2.3', rules), true);
  assert.equal(await comes('10.5.0.1', rules), false);
  assert.equal(await comes('10.0.0.1', { allow: ['10.0.0.0/8'], deny: ['0.0.0.0/0'] }), true);
});

test('files add to the lists, even when nothing stands in them', async () => {
  const allow = { allow: ['10.0.0.0/8'], denyFile: '/lists/deny.txt' };
  assert.equal(await comes('10.1.2.3', allow, ['10.1.0.0/16']), false);
  assert.equal(await comes('10.2.2.3', allow, ['10.1.0.0/16']), true);
  assert.equal(await comes('10.2.2.3', { allowFile: '/lists/allow.txt' }), false);
  const named = [ipRulesConfig.parse({ allowFile: '/a', denyFile: '/b' }), undefined];
  assert.deepEqual(filesOfIpRules(named), ['/a', '/b']);
});

test('no rules are no step', () => {
  const options = { fileAt: () => ({ ranges: new IpSet() }), meter: noMeter, label: '/a' };
  assert.equal(ipRules(undefined, options), undefined);
});
