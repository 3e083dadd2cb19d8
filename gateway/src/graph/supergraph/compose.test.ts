import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeSupergraph } from './compose.ts';

const key = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])';

test('subgraphs become a supergraph', async () => {
  const composed = await composeSupergraph([
    { name: 'a', url: 'http://a', sdl: `${key} type Query { u: U } type U @key(fields: "id") { id: ID! }` },
    { name: 'b', url: 'http://b', sdl: `${key} type U @key(fields: "id") { id: ID! n: Int }` },
  ]);
  assert.ok('supergraphSdl' in composed);
  assert.match(composed.supergraphSdl, /@join__graph\(name: "b", url: "http:\/\/b"\)/);
});

test('every fault is told, with its code and its subgraph', async () => {
  const broken = await composeSupergraph([
    { name: 'a', url: '', sdl: 'type Query {' },
    { name: 'b', url: '', sdl: 'type {' },
  ]);
  assert.ok('errors' in broken);
  assert.deepEqual(
    broken.errors.map(({ code, message }) => [code, message.slice(0, 3)]),
    [
      ['INVALID_GRAPHQL', '[a]'],
      ['INVALID_GRAPHQL', '[b]'],
    ],
  );
  const unsatisfiable = await composeSupergraph([
    { name: 'a', url: '', sdl: `${key} type Query { u: U } type U { id: ID! }` },
    { name: 'b', url: '', sdl: `${key} type U { id: ID! n: Int }` },
  ]);
  assert.ok('errors' in unsatisfiable);
  assert.ok(unsatisfiable.errors.some(({ code }) => code === 'INVALID_FIELD_SHARING'));
});
