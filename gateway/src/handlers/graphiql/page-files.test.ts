import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readPageFiles } from './page-files.ts';

const FOLDER = join(import.meta.dirname, 'browser');

test('every file of ours is served as it is, and what a file imports is served too', async () => {
  const files = await readPageFiles();
  for (const name of readdirSync(FOLDER).filter((file) => /\.(js|css)$/.test(file))) {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const file = files.find(name);
    assert.ok(file, name);
    assert.equal(gunzipSync(file.gzipped).toString(), text);
    assert.equal(Buffer.from(await file.plain()).toString(), text);
    for (const [, imported = ''] of text.matchAll(/^import .* from '\.\/(.*)';$/gm))
      assert.ok(files.find(imported));
  }
});

test("the libraries are the packages' own builds for browsers, and take less than a megabyte", async () => {
  const { find, version } = await readPageFiles();
  assert.match(version, /^[\w-]{16}$/);
  assert.equal((await readPageFiles()).version, version);
  assert.equal(find('graphiql.js')?.contentType, 'text/javascript; charset=utf-8');
  assert.equal(find('graphiql.css')?.contentType, 'text/css; charset=utf-8');
  const names = ['react.js', 'react-dom.js', 'graphiql.js', 'graphiql.css'];
  const bytes = names.reduce((sum, name) => sum + (find(name)?.gzipped.length ?? Number.NaN), 0);
  assert.ok(bytes < 1_000_000, String(bytes));
  // They load nothing from elsewhere by themselves.
  for (const name of names) {
    const text = Buffer.from((await find(name)?.plain()) ?? []).toString();
    assert.doesNotMatch(text, /url\(['"]?https?:|@import|new Function\(|\beval\(/, name);
  }
});

test('nothing else has a name', async () => {
  const { find } = await readPageFiles();
  for (const name of ['', '..', '../page-files.ts', 'page.ts', 'constructor', 'browser/page.js']) {
    assert.equal(find(name), undefined);
  }
});
