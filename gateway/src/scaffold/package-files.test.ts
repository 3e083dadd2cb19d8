import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { packageFiles } from './package-files.ts';
import { firstParts } from './parts.ts';
import { backendOf, ID, readOf, USER } from './testing.fixture.ts';

async function filesOf(t: TestContext): Promise<ReadonlyMap<string, string>> {
  const backend = await backendOf(t, { '/users/{id}': readOf(USER, [ID]) });
  const files = packageFiles({
    name: 'acme',
    gateway: '^0.1.0',
    upstreams: [
      { name: 'users', url: 'http://127.0.0.1:1/a"b', path: 'backends/users.openapi.json', text: '{}' },
    ],
    parts: firstParts(new Map([['users', backend]])),
  });
  return new Map(files.map(({ path, text }) => [path, text]));
}

it('configures its backends for the gateway, and for its types', async (t) => {
  const files = await filesOf(t);
  const { upstreams, bffs } = parse(files.get('frontdesk.yaml') ?? '');
  assert.deepEqual(upstreams, { users: { url: 'http://127.0.0.1:1/a"b' } });
  assert.deepEqual(bffs, [{ package: './src/index.ts', mount: '/acme', auth: 'none' }]);
  const types = parse(files.get('frontdesk.types.yaml') ?? '');
  assert.deepEqual(types, { upstreams: { users: './backends/users.openapi.json' } });
  assert.ok(files.has('backends/users.openapi.json'));
});

it('names files that it makes: what it imports, exports and runs is there', async (t) => {
  const files = await filesOf(t);
  const manifest = JSON.parse(files.get('package.json') ?? '');
  assert.equal(manifest.dependencies['@frontdesk/gateway'], '^0.1.0');
  assert.ok(files.has(String(manifest.exports['.']).slice(2)));
  const home = files.get('src/index.ts') ?? '';
  for (const [, path = ''] of home.matchAll(/'\.\/([^']+)'/g)) assert.ok(files.has(`src/${path}`), path);
  assert.match(files.get('README.md') ?? '', /curl 'http:\/\/127\.0\.0\.1:4030\/acme\/home\?id=42'/);
});
