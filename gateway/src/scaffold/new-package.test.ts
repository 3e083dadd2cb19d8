import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { makePackage } from './new-package.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-new-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const common = { gateway: '^0.1.0', upstreams: [] };

describe('a new package', () => {
  it('is whole, with its types', async (t) => {
    const folder = join(place(t), 'deep/acme');
    const { files, target } = await makePackage({ ...common, name: 'acme', folder });
    for (const path of files) assert.ok(existsSync(join(folder, path)), path);
    assert.ok(files.includes('src/generated/schema.ts'));
    assert.equal(target, '/acme/home?id=42');
  });

  it('shows two reads of the documents that it is given, and copies those', async (t) => {
    const at = place(t);
    const schema = {
      type: 'object',
      required: ['n'],
      properties: { n: { type: 'integer' }, on: { type: 'boolean' } },
    };
    const read = { responses: { 200: { content: { 'application/json': { schema } } } } };
    const document = {
      openapi: '3.1.0',
      servers: [{ url: 'http://127.0.0.1:9/x/' }],
      paths: { '/counts': { get: read } },
    };
    writeFileSync(join(at, 'a.json'), JSON.stringify(document));
    const folder = join(at, 'acme');
    const upstreams = [`one=${join(at, 'a.json')}`, `two=${join(at, 'a.json')}`];
    await makePackage({ ...common, name: 'acme', folder, upstreams });
    const screen = readFileSync(join(folder, 'src/screens/home.ts'), 'utf8');
    assert.match(screen, /counts: part\(\(\{ rest \}\) => rest\.one\.get\('\/counts'\)/);
    assert.match(screen, /counts2: part\(\(\{ rest \}\) => rest\.two\.get\('\/counts'\)/);
    assert.match(screen, /on: answer\.on \?\? null/);
    assert.match(
      readFileSync(join(folder, 'frontdesk.yaml'), 'utf8'),
      /one: \{ url: "http:\/\/127\.0\.0\.1:9\/x" \}/,
    );
  });

  it('leaves alone what is there, and leaves nothing of what could not be made', async (t) => {
    const at = place(t);
    const folder = join(at, 'acme');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), 'mine');
    await assert.rejects(makePackage({ ...common, name: 'acme', folder }), /not empty: nothing was changed/);
    assert.deepEqual(readdirSync(folder), ['mine']);
    writeFileSync(join(at, 'bad.yaml'), 'openapi: 3.1.0\n');
    const given: [string, readonly string[], RegExp][] = [
      ['Acme!', [], /no name of a BFF/],
      ['other', ['users'], /expected a name and where/],
      ['other', [`users=${join(at, 'none.yaml')}`], /cannot be read/],
      ['other', [`users=${join(at, 'bad.yaml')}`], /has no paths/],
    ];
    for (const [name, upstreams, message] of given) {
      await assert.rejects(makePackage({ ...common, name, folder: join(at, 'other'), upstreams }), message);
    }
    assert.deepEqual(readdirSync(at).sort(), ['acme', 'bad.yaml']);
  });
});
