import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatFault } from './fault.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'operations-config-'));
after(() => rmSync(folder, { recursive: true }));

test('a bad operation is a fault of its own file and line; a folder that is not there, of the configuration', () => {
  mkdirSync(join(folder, 'ops'));
  writeFileSync(join(folder, 'ops/a.graphql'), 'query A\n  @rest(path: "/{x}") { a }');
  writeFileSync(join(folder, 'supergraph.graphql'), 'type Query { a: Int }');
  const faults = (name: string) => {
    const file = join(folder, 'frontdesk.yaml');
    const operations = `{ folder: ./${name}, mount: /api }`;
    const graph = `  supergraph: ./supergraph.graphql\n  auth: none\n  limit: unlimited\n  operations: ${operations}\n`;
    writeFileSync(file, `graph:\n${graph}`);
    const loaded = loadConfig(file, {});
    return loaded.ok ? [] : loaded.faults.map(formatFault);
  };
  assert.deepEqual(faults('ops'), [`${join(folder, 'ops/a.graphql')}:2:3: path: there is no variable $x`]);
  assert.match(faults('none')[0] ?? '', /graph.operations.folder: there is no file/);
});
