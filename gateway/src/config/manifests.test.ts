import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatFault } from './fault.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-manifests-'));
after(() => rmSync(folder, { recursive: true }));

function load(manifests: Record<string, string>, setting: string) {
  writeFileSync(join(folder, 'supergraph.graphql'), 'type Query { a: Int }');
  for (const [name, text] of Object.entries(manifests)) writeFileSync(join(folder, name), text);
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(
    file,
    `graph:\n  supergraph: ./supergraph.graphql\n  auth: none\n  limit: unlimited\n  documents:\n    manifest: ${setting}\n`,
  );
  return loadConfig(file, {});
}

test('manifests are found beside the configuration, one or several', () => {
  const loaded = load({ 'a.json': '{"1":"{ a }"}', 'b.json': '{"2":"{ b }"}' }, '[./a.json, ./b.json]');
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const { documents } = loaded.config.graph ?? assert.fail();
  assert.deepEqual(documents.manifest, [join(folder, 'a.json'), join(folder, 'b.json')]);
  assert.ok(load({ 'a.json': '{"1":"{ a }"}' }, './a.json').ok);
});

test('a bad manifest is a fault of its own file and line', () => {
  const faults = (text: string, setting = './bad.json') => {
    const loaded = load({ 'bad.json': text }, setting);
    assert.ok(!loaded.ok);
    return loaded.faults.map(formatFault);
  };
  const bad = join(folder, 'bad.json');
  assert.deepEqual(faults('{\n  "a": "{ a }",\n  "b": 1\n}'), [
    `${bad}:3:3: "b": expected the text of a document`,
  ]);
  assert.deepEqual(faults('{\n  "a": "{ a }",\n}'), [`${bad}:3:1: this is not valid JSON`]);
  const [missing] = faults('{}', './nowhere.json');
  assert.match(missing ?? '', /frontdesk.yaml:6:\d+: graph.documents.manifest: there is no file/);
});
