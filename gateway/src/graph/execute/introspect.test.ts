import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, parse } from 'graphql';
import { testContext } from '../testing/company.fixture.ts';
import { introspect } from './introspect.ts';
import type { Run } from './run.ts';

test('fields of the schema stand in the data beside what was fetched', () => {
  const run: Run = {
    context: testContext(),
    forwarded: [],
    variables: { n: 'Query' },
    data: { me: 1 },
    loose: [],
    failed: false,
    plain: true,
  };
  const schema = buildSchema('type Query { me: Int }');
  introspect(schema, parse('query($n: String!) { __proto__: __type(name: $n) { name } }'), run);
  assert.deepEqual(Object.keys(run.data), ['me', '__proto__']);
  assert.equal(Object.getPrototypeOf(run.data), Object.prototype);
});
