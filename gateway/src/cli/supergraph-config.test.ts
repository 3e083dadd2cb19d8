import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { supergraphConfig, supergraphLocation } from './supergraph-config.ts';

test('the graph alone, open to anyone, without an admin port', () => {
  const config = supergraphConfig('./s.graphql');
  assert.equal(config.graph?.supergraph, resolve('s.graphql'));
  assert.deepEqual(config.graph?.auth, ['anonymous']);
  assert.deepEqual(config.graph?.headers.forward, ['authorization']);
  assert.equal(config.graph?.introspection, true);
  assert.equal(config.graph?.limit, 'unlimited');
  assert.equal(config.admin, undefined);
  assert.deepEqual(config.auth.jwt, undefined);
  assert.deepEqual(config.plans, {});
});

test('a URL stays one', () => {
  assert.equal(supergraphLocation('https://h/s'), 'https://h/s');
});
