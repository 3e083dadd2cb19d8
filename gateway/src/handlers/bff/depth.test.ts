import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { depthLimit } from './depth.ts';

const schema = buildSchema('type Query { a: Node } type Node { next: Node name: String }');

function refused(maxDepth: number, query: string): boolean {
  return validate(schema, parse(query), [depthLimit(maxDepth)]).length > 0;
}

it('counts levels of fields, through fragments of both kinds', () => {
  const plain = '{ a { next { name } } }';
  const spread = '{ a { ...N } } fragment N on Node { next { ... on Node { name } } }';
  for (const query of [plain, spread]) {
    assert.equal(refused(3, query), false);
    assert.equal(refused(2, query), true);
  }
});

it('measures each fragment once, and ends where one spreads itself', () => {
  const levels = 60;
  const bodies = Array.from(
    { length: levels },
    (_, i) => `fragment F${i} on Node { x: next { ...F${i + 1} } y: next { ...F${i + 1} } }`,
  );
  const query = `{ a { ...F0 } } ${bodies.join(' ')} fragment F${levels} on Node { name }`;
  assert.equal(refused(levels + 2, query), false);
  assert.equal(refused(levels + 1, query), true);
  assert.equal(refused(5, '{ a { ...L } } fragment L on Node { next { ...L } }'), false);
});
