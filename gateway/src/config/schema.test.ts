import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY_ASKED } from '../auth/route-auth.ts';
import { configSchema } from './schema.ts';

test('every section has a default or may be left out', () => {
  const config = configSchema.parse({});
  assert.equal(config.listen.port, 4_000);
  assert.equal(config.state, 'memory');
  assert.equal(config.admin, undefined);
  assert.equal(config.graph, undefined);
  assert.deepEqual([config.routes, config.bffs, config.consumers], [[], [], []]);
});

test('the graph carries the guards of a route', () => {
  const { graph } = configSchema.parse({
    graph: { supergraph: 's', auth: 'none', scopes: ['a'], limit: 'unlimited', deadline: '2s' },
  });
  assert.deepEqual(
    [graph?.auth, graph?.scopes.names, graph?.limit, graph?.deadline],
    [NOBODY_ASKED, ['a'], 'unlimited', 2_000],
  );
});

test('an admin token that could be guessed is refused', () => {
  assert.ok(!configSchema.safeParse({ admin: { token: 'short' } }).success);
});
