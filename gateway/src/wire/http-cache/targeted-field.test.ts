import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyDirectives } from './directives.ts';
import { parseTargeted } from './targeted-field.ts';

const read = (text: string) => {
  const directives = parseTargeted(text);
  return directives && replyDirectives(directives);
};

test('RFC 9213 §2.1: a dictionary of directives; the last of one name counts, parameters mean nothing', () => {
  assert.equal(read('max-age=60')?.maxAge, 60);
  assert.equal(read('max-age=1, max-age=60;a=b;c, foo=bar')?.maxAge, 60);
  assert.equal(read('no-store')?.noStore, true);
  assert.equal(read('no-store=?0')?.noStore, false);
  assert.equal(read('MaX-aGe=60')?.maxAge, 60);
});

test('RFC 9213 §2.1: what is empty or does not parse is ignored', () => {
  for (const text of ['', 'max-age=60, &&&', 'max-age =60', 'max-age= 60', 'max-age=60,', 'max-age="6']) {
    assert.equal(parseTargeted(text), undefined, text);
  }
});

test('RFC 9213 §2.1: a directive of another type is not there', () => {
  assert.equal(read('max-age="60"')?.maxAge, undefined);
  assert.equal(read('max-age=6.5')?.maxAge, undefined);
});
