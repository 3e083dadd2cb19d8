import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JsonRules } from '../../wire/json/json-reshape.ts';
import { topNames } from './top-names.ts';

function told(rules: JsonRules, group?: string): string {
  const { names, isAll } = topNames(rules, group);
  return [...names, ...(isAll ? [] : ['…'])].join(' ');
}

it('counts what stands in for a part', () => {
  assert.deepEqual([...topNames({ allow: ['a'] }, undefined, { a: 1, b: 2 }).names], ['a', 'b']);
});

it('tells the members that a part gives, as far as its rules do', () => {
  assert.equal(told({}, 'user'), 'user');
  assert.equal(told({}), '…');
  assert.equal(told({ allow: ['id', 'address.city'] }), 'id address');
  assert.equal(told({ allow: ['id', 'name'], mapping: { id: 'number', 'name.first': 'x' } }), 'number name');
  assert.equal(told({ allow: ['*'] }), '…');
  assert.equal(told({ allow: ['id'], constant: { 'meta.v': 1 }, default: { n: 0 } }), 'id n meta');
  assert.equal(told({ constant: { v: 1 } }), 'v …');
  assert.equal(told({ allow: ['a'], move: { 'a.b': 'c' } }), 'a c');
  assert.equal(
    told({
      flatmap: [
        { type: 'move', args: ['a', 'b'] },
        { type: 'del', args: ['c'] },
      ],
    }),
    'b …',
  );
});
