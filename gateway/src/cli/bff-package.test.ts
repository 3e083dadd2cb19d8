import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bffLoader } from './bff-package.ts';
import { recordedTerminal } from './testing.fixture.ts';

test("a BFF's screens are read from its package; one that is not there is told", async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const terminal = recordedTerminal();
  const load = bffLoader(root, terminal);
  const bff = await load('@frontdesk/bff-mobile');
  assert.ok(bff?.screens.some((screen) => screen.path === '/dashboard'));
  assert.equal(await load('@frontdesk/none-such'), undefined);
  assert.match(terminal.stderr(), /none-such/);
});
