import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { varyNames, varyValue } from './vary.ts';

test('RFC 9111 §4.1: names are read from all lines; an asterisk anywhere matches nothing', () => {
  assert.deepEqual(varyNames(new HeaderFields(['vary', 'Foo, bar', 'vary', ' foo'])), ['bar', 'foo']);
  assert.deepEqual(varyNames(new HeaderFields()), []);
  for (const text of ['*', ', *', 'Foo, *', '*, Foo']) {
    assert.equal(varyNames(new HeaderFields(['vary', text])), undefined, text);
  }
});

test('RFC 9111 §4.1: lines are combined and white space does not count; case and order do', () => {
  const value = (...lines: string[]) =>
    varyValue('foo', new HeaderFields(lines.flatMap((line) => ['foo', line])));
  assert.equal(value('1, 2'), value('1', '2'));
  assert.equal(value('1,2'), value(' 1 ,  2 '));
  assert.notEqual(value('1,2'), value('2,1'));
  assert.notEqual(value('a'), value('A'));
  assert.equal(value(), undefined);
  assert.equal(value(''), '');
});

test('RFC 9111 §4.1: preferences carry their weight with them, so neither order nor case counts', () => {
  const value = (line: string) => varyValue('accept-language', new HeaderFields(['accept-language', line]));
  assert.equal(value('en, de;q=0.5'), value('DE; q=0.5,EN'));
  assert.notEqual(value('en, de;q=0.5'), value('de, en;q=0.5'));
});
