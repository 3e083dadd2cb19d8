import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphqlSync } from 'graphql';
import { companySupergraph } from '../testing/company.fixture.ts';
import { loadSupergraph } from './supergraph.ts';

test('what a supergraph holds: subgraphs, keys, types; and what its clients do not see', async () => {
  const { subgraphs, schema, types } = await loadSupergraph(await companySupergraph());
  assert.deepEqual(subgraphs[0], { key: 'ACCOUNTS', name: 'accounts', url: 'http://accounts.test/graphql' });
  assert.deepEqual([...types.keyFields('User', 'accounts')], ['id', 'email']);
  assert.deepEqual([...types.keyFields('User', 'library')], []);
  assert.deepEqual([...types.matching(['Media'])].sort(), ['Book', 'Film', 'Media']);
  assert.ok(types.isObject('Book') && !types.isObject('Media'));
  assert.ok(types.fieldNames.has('shippingEstimate'));
  const { data } = graphqlSync({
    schema,
    source:
      '{ u: __type(name: "User") { fields { name } } r: __type(name: "Role") { enumValues { name } } e: __type(name: "_Entity") { name } q: __type(name: "Query") { fields { name } } }',
  });
  const text = JSON.stringify(data);
  assert.ok(!text.includes('secret') && !text.includes('HIDDEN') && !text.includes('_entities'));
  assert.ok(!text.includes('"__schema"'));
});

test('text that is no supergraph is refused with a reason', async () => {
  for (const sdl of ['type Query { a: Int }', 'not graphql {', '', 'enum join__Graph { A }']) {
    await assert.rejects(loadSupergraph(sdl), {
      code: 'internal',
      detail: /^the supergraph cannot be used: /,
    });
  }
});
