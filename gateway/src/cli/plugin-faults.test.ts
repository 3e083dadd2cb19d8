import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { check } from './check.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-plugins-'));
after(() => rmSync(folder, { recursive: true }));
const STAMP = join(import.meta.dirname, '../plugin/stamp.fixture.ts');
const SERVICES = `
upstreams: { users: { url: "http://127.0.0.1:9" } }
routes:
  - { match: { path: /users/* }, to: { upstream: users }, auth: none }
  - { match: { path: /fixed }, to: { fixed: {} }, auth: none }
`;

function write(plugins: string): string {
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(file, SERVICES + plugins);
  return file;
}

test('check tells what is wrong, with its place', async () => {
  const config = write(`plugins:
  - package: "${STAMP}"
    config: { header: x, valeu: no }
    place: { before: hygiene }
    onError: skip
    upstreams: [users]
    routes: [/user/*]
  - package: ./nothing.ts
`);
  const terminal = recordedTerminal();
  assert.equal(await check({ config }, terminal), 1);
  const told = terminal.stderr();
  for (const one of [
    /:8:23: plugins\[0\]\.config\.header: expected at least 3 characters/,
    /:8:26: plugins\[0\]\.config\.valeu: unknown key "valeu"; did you mean "value"/,
    /plugins\[0\]\.place: no plugin may stand before hygiene/,
    /plugins\[0\]\.onError: .*may not be skipped/,
    /plugins\[0\]\.upstreams: .*is a middleware/,
    /:13:14: plugins\[1\]\.package: .*no such package/,
  ])
    assert.match(told, one);
});

test('a path that no route has is told', async () => {
  const config = write(
    `plugins: [{ package: "${STAMP}", config: { header: x-stamp }, routes: [/user/a] }]\n`,
  );
  const terminal = recordedTerminal();
  assert.equal(await check({ config }, terminal), 1);
  assert.match(terminal.stderr(), /plugins\[0\]\.routes\[0\]: no route has the path "\/user\/a"/);
});
