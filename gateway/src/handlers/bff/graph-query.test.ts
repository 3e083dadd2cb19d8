import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isQuery } from './graph-query.ts';

it('knows what only reads', () => {
  const query = { source: 'fragment F on User { id } query Q { me { ...F } }' };
  assert.equal(isQuery(query), true);
  assert.equal(isQuery(query), true);
  assert.equal(isQuery({ source: 'mutation M { a }' }), false);
  assert.equal(isQuery({ source: 'query A { a } mutation B { b }' }), false);
  assert.equal(isQuery({ source: 'no document {' }), false);
});
