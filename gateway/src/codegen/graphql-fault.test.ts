import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parse, Source } from 'graphql';
import { graphqlFault } from './graphql-fault.ts';

it('names file, line and column', () => {
  try {
    parse(new Source('query A {\n  a(\n}', 'src/a.graphql'));
    assert.fail();
  } catch (error) {
    assert.match(graphqlFault(error), /^src\/a\.graphql:3:1: Syntax Error/);
  }
  assert.equal(graphqlFault(new Error('no'), 'a'), 'a: no');
});
