import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { composeSupergraph, supergraphPath } from './generate.ts';

test('supergraph.graphql is what the subgraphs compose to (npm run generate -w schema)', () => {
  assert.ok(readFileSync(supergraphPath, 'utf8') === composeSupergraph(), 'the committed file is stale');
});
