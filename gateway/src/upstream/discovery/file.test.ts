import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileSource, fileConfig } from './file.ts';
import { follow, parts } from './testing/follower.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-endpoints-'));
after(() => rmSync(folder, { recursive: true }));

function source(name: string): { file: string; source: FileSource } {
  const file = join(folder, name);
  return { file, source: new FileSource(fileConfig.parse({ path: file }), parts) };
}

test('YAML and JSON are read, and read again when they change', async (t) => {
  const { file, source: one } = source('a.yaml');
  writeFileSync(
    file,
    'endpoints:\n  - http://10.0.0.1:80\n  - { url: "http://10.0.0.2:80", weight: 2, zone: a }\n',
  );
  const { seen } = follow(t, one);
  await seen.until(({ sets }) => sets > 0);
  assert.deepEqual(seen.specs, [
    { url: 'http://10.0.0.1:80', weight: 1 },
    { url: 'http://10.0.0.2:80', weight: 2, zone: 'a' },
  ]);
  writeFileSync(`${file}.tmp`, '{"endpoints":["http://10.0.0.3:80"]}');
  renameSync(`${file}.tmp`, file);
  await seen.until(({ specs }) => specs[0]?.url === 'http://10.0.0.3:80');
  writeFileSync(file, 'endpoints: []');
  await seen.until(({ specs }) => specs.length === 0);
});

test('what is half written, wrong or gone is told, and the next good one is read', async (t) => {
  const { file, source: one } = source('b.yaml');
  const { seen } = follow(t, one);
  await seen.until(({ failures }) => failures.length > 0);
  assert.match(seen.failures[0] ?? '', /there is no file/);
  writeFileSync(file, 'endpoints:\n  - http://10.0.0.1:80\n');
  await seen.until(({ sets }) => sets === 1);
  const wrong: Record<string, RegExp> = {
    'endpoints:\n  - { url: "http://10.0.': /quote|flow|"/i,
    'endpoints:\n  - http://10.0.0.1:80\n  - 10.0.0.2:80\n': /endpoints\.1\.url: expected an http/,
    '- http://10.0.0.1:80\n': /expected object/,
    '': /expected object/,
    'endpoints: &a\n  - *a\n': /alias/i,
  };
  for (const [text, reason] of Object.entries(wrong)) {
    const before = seen.failures.length;
    writeFileSync(file, text);
    await seen.until(({ failures }) => failures.length > before);
    assert.match(seen.failures.at(-1) ?? '', reason, text);
  }
  unlinkSync(file);
  await seen.until(({ failures }) => /there is no file/.test(failures.at(-1) ?? ''));
  assert.equal(seen.sets, 1);
  writeFileSync(file, 'endpoints:\n  - http://10.0.0.4:80\n');
  await seen.until(({ sets }) => sets === 2);
});

test('it ends when it is told to, and before it began', async (t) => {
  const { file, source: one } = source('c.yaml');
  writeFileSync(file, 'endpoints:\n  - http://10.0.0.1:80\n');
  const { seen, stop } = follow(t, one);
  await seen.until(({ sets }) => sets > 0);
  assert.equal(await stop(), undefined);
  const end = new AbortController();
  end.abort();
  await one.follow(seen, end.signal);
});
