import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonType, parseMediaType } from './media-type.ts';

const read = (value: string) => {
  const type = parseMediaType(value);
  return type && [type.essence, Object.fromEntries(type.parameters)];
};

test('D68: white space and semicolons change nothing', () => {
  for (const value of [
    'application/json',
    'application/json\t;',
    ' application/json',
    'Application/JSON ; ',
    'application/json;;',
  ]) {
    assert.deepEqual(read(value), ['application/json', {}], value);
  }
});

test('parameters are read, quotes taken off', () => {
  assert.deepEqual(read('text/plain; Charset=UTF-8;x="a;\\"b"'), [
    'text/plain',
    { charset: 'UTF-8', x: 'a;"b' },
  ]);
});

test('D68: what two readers could read differently is no media type', () => {
  for (const value of [
    '',
    ';',
    'json',
    'application/',
    '/json',
    'application/json, text/plain',
    'application/json text/plain',
    'a/b/c',
    'a/b;c',
    'a/b; c=',
    'a/b; c="',
    'a/b; charset=utf-8; charset=utf-7',
    'a/b; =x',
    `a/${'b'.repeat(2_000)}`,
    'a\u00a0/b',
  ]) {
    assert.equal(read(value), undefined, value);
  }
});

test('JSON has many names', () => {
  assert.deepEqual(['application/json', 'a/hal+json', 'text/plain', 'a/jsonx'].map(isJsonType), [
    true,
    true,
    false,
    false,
  ]);
});
