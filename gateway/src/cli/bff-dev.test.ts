import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { bffDev } from './bff-dev.ts';
import { recordedTerminal } from './testing.fixture.ts';

/** What is said where it never gets to serve; that it does is shown by test/e2e/bff-dev.test.ts. */
async function saidOf(t: TestContext, config?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bff-dev-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  if (config !== undefined) writeFileSync(join(folder, 'frontdesk.yaml'), config);
  const terminal = recordedTerminal();
  const screen = { once: () => assert.fail('it listens to signals before it has what to serve'), stdout: {} };
  assert.equal(await bffDev(folder, {}, terminal, screen), 1);
  assert.equal(terminal.stdout(), '');
  return terminal.stderr();
}

it('says where it looked for a configuration', async (t) => {
  assert.match(await saidOf(t), /there is no \S+frontdesk\.yaml: name the folder of a BFF's package/);
});

it('says what is wrong with the configuration, and where', async (t) => {
  assert.match(await saidOf(t, 'nonsense: 1\n'), /frontdesk\.yaml:1:1.*nonsense/s);
});

it('needs a BFF with a package', async (t) => {
  const config = 'upstreams: { shop: { url: "http://127.0.0.1:1" } }\n';
  assert.match(await saidOf(t, config), /has no BFF with a package under bffs/);
});
