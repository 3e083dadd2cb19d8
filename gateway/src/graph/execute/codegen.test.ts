import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, literal, readKey } from './codegen.ts';
import { getOwn } from './data.ts';

test('text enters code as a literal only', () => {
  for (const text of ['a', '");throw 1;("', '\u2028', '\u0024{x}', '`', '\n', '__proto__']) {
    assert.equal(generate(`return ${literal(text)};`, {}), text);
  }
});

test('inherited names are read as own properties', () => {
  for (const key of ['constructor', '__proto__', 'toString', 'plain']) {
    const read = generate(`return function(o){return ${readKey('o', key)};}`, { own: getOwn });
    assert.ok(typeof read === 'function');
    assert.equal(read({}), undefined);
    assert.equal(read(JSON.parse(`{"${key}":1}`)), 1);
  }
});
