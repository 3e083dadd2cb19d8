import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bffNew } from './bff-new.ts';
import { recordedTerminal } from './testing.fixture.ts';

test('it ends with what to do next; a second one of the same place is refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bff-new-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dir = join(folder, 'acme');
  const terminal = recordedTerminal();
  assert.equal(await bffNew('acme', { dir }, terminal), 0);
  assert.match(terminal.stdout(), /acme && npm install\n {2}npm test\n {2}npm run dev\n/);
  const again = recordedTerminal();
  assert.equal(await bffNew('acme', { dir }, again), 1);
  assert.match(again.stderr(), /not empty: nothing was changed/);
});
