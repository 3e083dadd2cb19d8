import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { cookieNames, setCookie, setsSession, soleCookie, withoutSession } from './cookies.ts';

const fields = (...values: string[]) => new HeaderFields(values.flatMap((value) => ['cookie', value]));

test('a cookie is found by its whole name, wherever it stands, and not inside others', () => {
  for (const [value, expected] of [
    ['id=1', '1'],
    ['a=b; id=1', '1'],
    ['a=b;id=1;c=d', '1'],
    ['a=b;\t id= 1 ', '1'],
    ['id=', ''],
    ['myid=1', undefined],
    ['a=id=1', undefined],
    ['a="; id=1', '1'],
    ['id2=1; xid=2', undefined],
    ['id', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(soleCookie(fields(value), 'id'), expected, value);
  }
  assert.equal(soleCookie(new HeaderFields(['cookies', 'id=1']), 'id'), undefined);
});

test('a cookie that is there twice is none', () => {
  assert.equal(soleCookie(fields('id=1; id=2'), 'id'), '');
  assert.equal(soleCookie(fields('id=1', 'id=1'), 'id'), '');
});

test("a session's cookies are cut out, and no others", () => {
  assert.equal(withoutSession('a=1; fd=x; b=2', 'fd'), 'a=1; b=2');
  assert.equal(withoutSession('fd=x; fd-login-abcdefgh=y', 'fd'), '');
  assert.equal(withoutSession('fd-theme=1; fdx=2; xfd=3', 'fd'), 'fd-theme=1; fdx=2; xfd=3');
  assert.equal(withoutSession('fd=x', 'fd'), '');
  assert.equal(withoutSession('a=1', 'fd'), 'a=1');
});

test("who sets a session's cookie is noticed, however it is written", () => {
  const own = ['__Host-fd=x', ' __Host-fd = x; Path=/', '__host-FD=x', '__Host-fd=; Max-Age=0', '__Host-fd'];
  const nameless = ['=__Host-fd=x', ' = __Host-fd=x', '==__Host-fd=x'];
  for (const value of [...own, ...nameless, '__Host-fd-login-abcdefgh=x', '__Host-fd;x'])
    assert.equal(setsSession(value, '__Host-fd'), true, value);
  for (const value of ['fd=x', '__Host-fdx=1', '__Host-fd-theme=1', 'a=__Host-fd=x', 'a=1; __Host-fd=x', ''])
    assert.equal(setsSession(value, '__Host-fd'), false, value);
});

test('names are listed as they came', () => {
  assert.deepEqual(cookieNames(fields('a=1; b', 'c=2')), ['a', 'b', 'c']);
});

test('a cookie of ours is for this host alone and no script', () => {
  assert.equal(
    setCookie('__Host-fd', 'v', { secure: true, sameSite: 'Strict', maxAgeS: 0 }),
    '__Host-fd=v; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
  );
  assert.equal(
    setCookie('fd', 'v', { secure: false, sameSite: 'Lax' }),
    'fd=v; Path=/; HttpOnly; SameSite=Lax',
  );
});
