import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { EXAMPLE_DOCUMENT } from '../scaffold/example-backend.ts';
import { FakeBackends } from './fake-backends.ts';

test('backends are answered from their documents, as they are now', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-fakes-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('frontdesk.types.yaml', 'upstreams: { shop: ./backends/shop.openapi.yaml }\n');
  write('backends/shop.openapi.yaml', EXAMPLE_DOCUMENT);
  const fakes = await FakeBackends.open(folder);
  t.after(async () => {
    await fakes.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const ask = (path: string): Promise<Response> => fetch(`${fakes.urls.shop}${path}`);
  assert.deepEqual(await (await ask('/customers/7?x=1')).json(), { id: '42', name: 'Ada', tier: 'gold' });
  assert.equal((await ask('/nothing')).status, 404);
  write('backends/shop.openapi.yaml', EXAMPLE_DOCUMENT.replace('example: Ada', 'example: Grace'));
  await fakes.renew();
  assert.deepEqual(await (await ask('/customers/7')).json(), { id: '42', name: 'Grace', tier: 'gold' });
});
