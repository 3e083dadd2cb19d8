import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientInput } from './input.ts';
import { LANGUAGE, OWN_MATCHES, patternOf, rangesOf } from './language.ts';

const client = (address: string) =>
  new ClientInput({ identity: undefined, host: undefined, client: { address, scheme: 'http' } });

test('ranges are of both versions, one or several', () => {
  const within = (source: string, address: string) => LANGUAGE.parse(source)({ client: client(address) });
  assert.equal(within('client.address.inCidr("10.0.0.0/8")', '10.1.2.3'), true);
  assert.equal(within('client.address.inCidr("10.0.0.0/8")', '11.1.2.3'), false);
  assert.equal(within('client.address.inCidr(["10.0.0.0/8", "2001:db8::/32"])', '2001:db8::1'), true);
  assert.throws(() => within('client.address.inCidr("10.0.0.0/8")', 'nowhere'), /not an address/);
});

test('literals are made ready once, and told where they are none', () => {
  assert.equal(patternOf('^/a'), patternOf('^/a'));
  assert.equal(rangesOf(['::1']), rangesOf(['::1']));
  assert.throws(() => rangesOf(['::1', '1.2.3']), /"1.2.3" is no range of addresses/);
  assert.equal(LANGUAGE.parse(`"/ab".${OWN_MATCHES}("^/a")`)({}), true);
});

test('no function of the language makes code, or waits', () => {
  const names = LANGUAGE.getDefinitions().functions.map(({ name }) => name);
  for (const name of ['eval', 'fetch', 'import']) assert.ok(!names.includes(name), name);
  assert.ok(LANGUAGE.getDefinitions().functions.every((one) => !('async' in one) || one.async !== true));
});
