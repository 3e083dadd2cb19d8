import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { serveForDev } from './dev-child.ts';
import type { DevMessage } from './dev-order.ts';

/** What it tells of a package with these files. What serves is shown by the command's own test. */
async function toldOf(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-dev-child-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const told: DevMessage[] = [];
  const order = { config: join(folder, 'frontdesk.yaml'), folder, socket: join(folder, 's'), upstreams: {} };
  assert.equal(await serveForDev(order, (message) => told.push(message)), false);
  return told;
}

const CONFIG = `upstreams: { shop: { url: "http://127.0.0.1:1" } }
bffs:
  - { package: ./index.mjs, mount: /acme, auth: none }
`;

it('tells of a fault of the configuration with its place', async (t) => {
  const [told] = await toldOf(t, { 'frontdesk.yaml': 'upstreams:\n  shop: { url: nowhere }\n' });
  assert.ok(told && 'problems' in told);
  assert.equal(told.problems[0]?.place, 'frontdesk.yaml:2:16');
});

it('tells where the code of a BFF throws as it is loaded', async (t) => {
  const code = "const shown = 1;\nthrow new TypeError('no such part');\n";
  const [told] = await toldOf(t, { 'frontdesk.yaml': CONFIG, 'index.mjs': code });
  assert.ok(told && 'problems' in told);
  assert.deepEqual(told.problems, [{ place: 'index.mjs:2:7', message: 'TypeError: no such part' }]);
});

it('tells of a package that is not there', async (t) => {
  const [told] = await toldOf(t, { 'frontdesk.yaml': CONFIG });
  assert.ok(told && 'problems' in told);
  assert.match(told.problems[0]?.message ?? '', /index\.mjs/);
});
