import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bffGraphqlConfig } from './graphql-config.ts';

test('by default the schema is kept, documents are any of moderate size, and clients may register them', () => {
  const { graphiql, introspection, limits, documents, pluginTimeout } = bffGraphqlConfig.parse(undefined);
  assert.deepEqual([graphiql, introspection, pluginTimeout], [false, undefined, 1000]);
  assert.deepEqual([limits.depth, limits.tokens, limits.aliases], [12, 2000, 30]);
  assert.deepEqual([documents.only, documents.automatic], [undefined, true]);
  assert.ok(!bffGraphqlConfig.safeParse({ limits: { depth: 0 } }).success);
  assert.ok(!bffGraphqlConfig.safeParse({ playground: true }).success);
});
