import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Keyed } from '../core/keyed.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { documentsConfig } from '../graph/persisted/config.ts';
import { MemoryStore } from '../state/memory.ts';
import { openDocuments } from './graph-documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-documents-'));
after(() => rmSync(folder, { recursive: true }));

const residents = () => ({
  automaticDocuments: new Keyed<never>(4),
  store: new MemoryStore({ clock: new ManualClock() }),
});

test('manifests are read, and what clients registered outlives a configuration of the same settings', async () => {
  const manifest = join(folder, 'm.json');
  writeFileSync(manifest, '{"a":"{ a }"}');
  const shared = residents();
  const first = await openDocuments(documentsConfig.parse({ manifest }), shared);
  assert.deepEqual(first.registered, [{ id: 'a', text: '{ a }', operationName: undefined }]);
  const second = await openDocuments(documentsConfig.parse({}), shared);
  assert.equal(second.automatic, first.automatic);
  const other = await openDocuments(documentsConfig.parse({ automatic: { max: 5 } }), shared);
  assert.notEqual(other.automatic, first.automatic);
  assert.equal(
    (await openDocuments(documentsConfig.parse({ automatic: false }), shared)).automatic,
    undefined,
  );
});

test('a manifest that cannot be read refuses the configuration, and says where', async () => {
  const bad = join(folder, 'bad.json');
  writeFileSync(bad, '{\n"a": 1 }');
  for (const manifest of [bad, join(folder, 'none.json')]) {
    await assert.rejects(openDocuments(documentsConfig.parse({ manifest }), residents()), (error) => {
      assert.ok(error instanceof Error && 'detail' in error && String(error.detail).startsWith(manifest));
      return true;
    });
  }
});
