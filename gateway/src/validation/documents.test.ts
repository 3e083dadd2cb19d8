import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Documents } from './documents.ts';

function files(t: TestContext, texts: Record<string, string>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return (name) => join(folder, name);
}

test('references go to files beside them, in circles too', async (t) => {
  const at = files(t, {
    'a.yaml': 'x: { $ref: "parts/b.json#/y" }\nz: { end: true }\n',
    'parts/b.json': '{"y": {"$ref": "../a.yaml#/z"}}',
  });
  const documents = await Documents.read(at('a.yaml'), 'openapi');
  const place = documents.resolve(documents.at(documents.root, 'x'));
  assert.deepEqual([place.file, place.keys, place.value], [at('a.yaml'), ['z'], { end: true }]);
  const again = await Documents.read(at('a.yaml'), 'openapi');
  assert.equal(again.digest(), documents.digest());
  writeFileSync(at('parts/b.json'), '{"y": {"$ref": "../a.yaml#/x"}}');
  const loop = await Documents.read(at('a.yaml'), 'openapi');
  assert.notEqual(loop.digest(), documents.digest());
  assert.throws(() => loop.resolve(loop.at(loop.root, 'x')), /a\.yaml#\/x: refers to itself/);
});

test('nothing is fetched, and what cannot be read is named', async (t) => {
  const many = Array.from({ length: 70 }, (_, i) => [`m${i}.json`, `{"$ref": "m${i + 1}.json"}`]);
  const at = files(t, {
    'net.yaml': '$ref: "http://127.0.0.1/a.yaml"\n',
    'slashes.yaml': '$ref: "//host/a.yaml"\n',
    'root.yaml': '$ref: "/etc/passwd"\n',
    'missing.yaml': '$ref: "none.yaml"\n',
    'list.yaml': '- 1\n',
    'broken.json': '{',
    'deep.json': `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
    'bomb.yaml': `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(9)}]\nc: [${'*b,'.repeat(20)}]\n`,
    'circle.yaml': 'a: &a { b: *a }\n',
    ...Object.fromEntries(many),
  });
  for (const [name, expected] of [
    ['net.yaml', /nothing is fetched/],
    ['slashes.yaml', /nothing is fetched/],
    ['root.yaml', /nothing is fetched/],
    ['missing.yaml', /none\.yaml cannot be read \(ENOENT\); missing\.yaml refers to it/],
    ['list.yaml', /is no object/],
    ['broken.json', /cannot be read/],
    ['deep.json', /nested deeper than 100/],
    ['bomb.yaml', /cannot be read: Excessive alias count/],
    ['circle.yaml', /holds itself|cannot be read/],
    ['m0.json', /more than 64 files/],
  ] as const) {
    await assert.rejects(Documents.read(at(name), 'openapi'), expected, name);
  }
  await assert.rejects(Documents.inline({ $ref: 'a.json' }, 'body'), /nothing is fetched/);
  const own = await Documents.inline({ $ref: '#a' }, 'body');
  assert.throws(() => own.resolve(own.root), /expected a JSON pointer/);
  const none = await Documents.inline({ $ref: '#/a' }, 'body');
  assert.throws(() => none.resolve(none.root), /which is not there/);
});
