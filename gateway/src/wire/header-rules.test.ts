import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import {
  callHeaderRules,
  compileHeaderRules,
  encodeFieldValue,
  requestHeaderRules,
  responseHeaderRules,
} from './header-rules.ts';

const clock = new ManualClock();

function applied(rules: unknown, flat: string[], query = ''): string[] {
  const headers = new HeaderFields(flat);
  compileHeaderRules(requestHeaderRules.parse(rules))?.(
    headers,
    exchangeOn(clock, { headers, query }),
    clock,
  );
  return headers.flat;
}

test('fields are removed, renamed, set and added, in this order', () => {
  const rules = {
    add: { 'X-A': '3' },
    set: { 'x-b': '{query.b}', 'x-c': '{headers.x-old}' },
    rename: { 'x-old': 'x-new', 'x-p': 'x-q', 'x-q': 'x-p' },
    remove: ['X-Gone'],
  };
  const flat = [
    'x-gone',
    '1',
    'x-a',
    '1',
    'x-b',
    'theirs',
    'x-old',
    'o',
    'x-new',
    'n',
    'x-p',
    'p',
    'x-q',
    'q',
  ];
  assert.deepEqual(applied(rules, flat, 'b=2'), [
    ...['x-a', '1', 'x-new', 'o', 'x-q', 'p', 'x-p', 'q'],
    ...['x-b', '2', 'x-c', 'o', 'x-a', '3'],
  ]);
});

test('a value that is missing sets nothing, and what came is gone all the same', () => {
  assert.deepEqual(applied({ set: { 'x-b': '{query.b}' } }, ['x-b', 'theirs']), []);
});

test('no value ends a field or begins another', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const [, sent = ''] = applied(
        { set: { 'x-b': 'v={query.b}' } },
        [],
        `b=${encodeURIComponent(value.toWellFormed())}`,
      );
      assert.match(sent, /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
    }),
  );
  assert.equal(encodeFieldValue(' a\r\nb: é% '), '%20a%0D%0Ab: %C3%A9%25%20');
  assert.equal(encodeFieldValue('a b'), 'a b');
});

test('what frames, identifies or authorises cannot be set', () => {
  const names = [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'proxy-x',
    'X_User_Id',
    'x-tenant-id',
  ];
  names.push('authorization', 'X-Api-Key', 'cookie', 'X-Forwarded-For', 'traceparent', 'x-request-id');
  for (const name of names) {
    for (const rule of ['set', 'add']) {
      assert.equal(requestHeaderRules.safeParse({ [rule]: { [name]: 'x' } }).success, false, name);
      assert.equal(callHeaderRules.safeParse({ [rule]: { [name]: 'x' } }).success, false, name);
    }
    assert.equal(requestHeaderRules.safeParse({ rename: { 'x-a': name } }).success, false, name);
  }
  assert.equal(requestHeaderRules.safeParse({ rename: { authorization: 'x-a' } }).success, false);
  assert.equal(responseHeaderRules.safeParse({ set: { 'content-length': '1' } }).success, false);
  assert.equal(responseHeaderRules.safeParse({ set: { 'set-cookie': 'a=1' } }).success, true);
  assert.equal(responseHeaderRules.safeParse({ remove: ['transfer-encoding'] }).success, false);
});

test('values are ASCII as they are written, and templates that exist', () => {
  for (const value of ['é', 'a\nb', '{nope}']) {
    assert.equal(requestHeaderRules.safeParse({ set: { 'x-a': value } }).success, false);
  }
});

test('without rules there is nothing to apply', () => {
  assert.equal(compileHeaderRules(undefined), undefined);
  assert.equal(compileHeaderRules(requestHeaderRules.parse({})), undefined);
});
