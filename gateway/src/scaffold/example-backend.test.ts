import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXAMPLE_DOCUMENT, EXAMPLE_UPSTREAM } from './example-backend.ts';
import { firstParts } from './parts.ts';
import { describedBackend } from './reads.ts';

test('the example makes a screen of a customer, who is asked for, and of offers, which may fail', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-example-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'shop.yaml');
  writeFileSync(file, EXAMPLE_DOCUMENT);
  const backend = await describedBackend(file);
  assert.equal(backend.server, 'http://127.0.0.1:4101');
  const parts = firstParts(new Map([[EXAMPLE_UPSTREAM, backend]]));
  assert.deepEqual(
    parts.map(({ name, required, upstream }) => [name, required, upstream]),
    [
      ['customer', true, 'shop'],
      ['offers', false, 'shop'],
    ],
  );
  assert.deepEqual(parts[0]?.read.sample, { id: '42', name: 'Ada', tier: 'gold' });
});
