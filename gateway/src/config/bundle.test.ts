import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleDigest } from './bundle.ts';
import { loadBundle, loadConfig } from './load.ts';

test('a configuration is had again from its texts, whatever became of its files; secrets are not among them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(join(folder, 'token'), 'a-secret-of-the-admin-port\n');
  writeFileSync(join(folder, 'more.yaml'), 'upstreams: { users: { url: "http://127.0.0.1:4101" } }\n');
  writeFileSync(file, 'include: more.yaml\nadmin: { token: "file:token" }\n');
  const first = loadConfig(file);
  assert.ok(first.ok);
  assert.deepEqual(Object.keys(first.bundle.texts), [file, join(folder, 'more.yaml')]);
  assert.doesNotMatch(JSON.stringify(first.bundle), /a-secret-of/);
  writeFileSync(file, 'routes: 7\n');
  rmSync(join(folder, 'more.yaml'));
  const second = loadBundle(first.bundle);
  assert.ok(second.ok);
  assert.deepEqual(second.config, first.config);
  assert.equal(second.config.admin?.token, 'a-secret-of-the-admin-port');
});

test('a digest tells texts apart, and not where they lie', () => {
  const texts = { '/a/x.yaml': 'a: 1\n', '/a/y.yaml': 'b: 2\n' };
  const digest = bundleDigest({ file: '/a/x.yaml', texts });
  assert.match(digest, /^[0-9a-f]{16}$/);
  const moved = { file: '/b/x.yaml', texts: { '/b/x.yaml': 'a: 1\n', '/b/y.yaml': 'b: 2\n' } };
  assert.equal(bundleDigest(moved), digest);
  assert.notEqual(bundleDigest({ file: '/a/y.yaml', texts }), digest);
  const shifted = { '/a/x.yaml': 'a: 1\nb', '/a/y.yaml': ': 2\n' };
  assert.notEqual(bundleDigest({ file: '/a/x.yaml', texts: shifted }), digest);
});
