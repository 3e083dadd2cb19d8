import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { NOBODY_ASKED } from '../auth/route-auth.ts';
import { supergraphConfig, supergraphSource } from './supergraph-config.ts';

test('the graph alone, open to anyone, without an admin port', () => {
  const config = supergraphConfig('./s.graphql');
  assert.deepEqual(config.graph?.supergraph, { file: resolve('s.graphql'), watch: true });
  assert.deepEqual(config.graph?.auth, NOBODY_ASKED);
  assert.deepEqual(config.graph?.headers.forward, ['authorization']);
  assert.equal(config.graph?.introspection, true);
  assert.equal(config.graph?.graphiql, true);
  assert.deepEqual(config.graph?.extensions, { cost: true, plan: true, timeline: true });
  assert.equal(config.graph?.limit, 'unlimited');
  assert.equal(config.admin, undefined);
  assert.deepEqual(config.auth.jwt, undefined);
  assert.deepEqual(config.plans, {});
});

test('a URL is polled, and one that cannot be asked is refused in plain words', () => {
  const source = supergraphSource('https://h/s?token=secret');
  assert.ok(typeof source === 'object' && 'url' in source);
  assert.deepEqual([source.url, source.poll, source.startWithin], ['https://h/s?token=secret', 30_000, 0]);
  assert.throws(() => supergraphConfig('https://user:pass@h/s?token=secret'), {
    message: /expected a file, or a URL without credentials or fragment$/,
  });
});
