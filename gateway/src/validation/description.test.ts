import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { load, loadParts, openapi } from './testing/openapi.ts';

test('finds operations, and is made anew only where its files have changed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'description-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.json');
  const write = (more: Record<string, unknown> = {}): void => {
    const paths = { '/a/{id}': { get: { operationId: 'get' }, put: { operationId: 'put' } }, ...more };
    writeFileSync(file, JSON.stringify(openapi(paths, { servers: [{ url: '/v1' }] })));
  };
  write();
  const parts = loadParts();
  const description = await load({ openapi: file }, parts);
  const idOf = (method: string, path: string) => {
    const found = description.find(method, path, {});
    return 'operation' in found ? [found.operation.id, { ...found.params }] : found.methods;
  };
  assert.deepEqual(idOf('GET', '/v1/a/7'), ['get', { id: '7' }]);
  assert.deepEqual(idOf('GET', '/a/7'), ['get', { id: '7' }]);
  assert.deepEqual(idOf('HEAD', '/a/7'), ['get', { id: '7' }]);
  assert.deepEqual(idOf('POST', '/a/7'), ['GET', 'PUT']);
  assert.deepEqual(idOf('GET', '/b'), undefined);
  assert.deepEqual(idOf('GET', '/v1a/7'), undefined);
  assert.equal(await load({ openapi: file }, parts), description);
  write({ '/b': { get: {} } });
  const changed = await load({ openapi: file }, parts);
  assert.ok('operation' in changed.find('GET', '/b', {}));

  const one = await load({ openapi: file, operation: 'put' }, parts);
  const own = one.find('PUT', '/elsewhere', { id: '9' });
  assert.ok('operation' in own);
  assert.deepEqual(own.params, { id: '9' });
  await assert.rejects(load({ openapi: file, operation: 'pit' }, parts), {
    setting: 'operation',
    message: 'no operation is named "pit"; known: get,put',
  });
});

test('a schema that is none names its setting', async () => {
  await assert.rejects(load({ body: { type: 'strin' } }), { name: 'DescriptionError', setting: 'body' });
  await assert.rejects(load({ openapi: '/nowhere/a.yaml' }), {
    setting: 'openapi',
    message: /a\.yaml cannot be read \(ENOENT\)/,
  });
});
