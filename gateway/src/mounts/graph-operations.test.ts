import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { operationDocuments } from './graph-operations.ts';
import { planMounts } from './mount-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'graph-operations-'));
after(() => rmSync(folder, { recursive: true }));

test('each operation has a route with the guards of the graph and scopes of its own, and is a registered document', () => {
  const text =
    'query Order($id: ID!) @rest(path: "/orders/{id}", scopes: ["orders:read"]) { order(id: $id) { id } }';
  writeFileSync(join(folder, 'order.graphql'), text);
  const config = configSchema.parse({
    graph: {
      supergraph: './s.graphql',
      scopes: ['graph:read'],
      operations: { folder, mount: '/api', openapi: true },
    },
  });
  const mounts = planMounts(config, []).filter(({ answer }) => answer.kind === 'operation');
  assert.deepEqual(
    mounts.map(({ match, grants, source }) => [match, grants.scopes, source]),
    [
      [
        { path: '/api/orders/:id', methods: ['GET', 'HEAD'] },
        mounts[0]?.grants.scopes,
        'graph.operations: Order',
      ],
      [
        { path: '/api/openapi.json', methods: ['GET', 'HEAD'] },
        mounts[1]?.grants.scopes,
        'graph.operations.openapi',
      ],
    ],
  );
  assert.match(JSON.stringify(mounts[0]?.grants.scopes), /graph:read.*orders:read/);
  assert.deepEqual(
    operationDocuments(config.graph ?? assert.fail()).map(({ id, operationName }) => [id, operationName]),
    [['Order', 'Order']],
  );
});
