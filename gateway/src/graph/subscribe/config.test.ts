import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { sourceConfig, subgraphConfig } from './config.ts';

const config = z.strictObject(sourceConfig);

test('a subgraph without an entry has the defaults, whatever its name', () => {
  const parsed = config.parse({ subgraphs: { trips: { protocol: 'sse', path: '/stream' } } });
  assert.equal(subgraphConfig(parsed, 'trips').path, '/stream');
  for (const name of ['people', 'constructor', '__proto__']) {
    assert.deepEqual(subgraphConfig(parsed, name), { protocol: 'auto', connectionInit: [] });
  }
});

test('a path begins with a slash, names of fields are in lower case', () => {
  assert.ok(!config.safeParse({ subgraphs: { trips: { path: 'stream' } } }).success);
  const { subgraphs } = config.parse({ subgraphs: { trips: { connectionInit: ['Authorization'] } } });
  assert.deepEqual(subgraphs.trips?.connectionInit, ['authorization']);
});
