import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chain } from './chain.ts';
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

test('the order is printed for one route, and for programs', async () => {
  const config = write(`plugins: [{ package: "${STAMP}", config: { header: x-stamp } }]\n`);
  const terminal = recordedTerminal();
  assert.equal(await chain('/fixed', { config }, terminal), 0);
  assert.match(
    terminal.stdout(),
    /any \/fixed \(.*\)\n {2}deadline > \[stamp\] > bodyLimit > fixed always 200\n/,
  );
  assert.doesNotMatch(terminal.stdout(), /upstream users/);
  const json = recordedTerminal();
  assert.equal(await chain(undefined, { config, json: true }, json), 0);
  assert.deepEqual(Object.keys(JSON.parse(json.stdout())), ['door', 'routes', 'upstreams']);
  assert.equal(await chain('/nowhere', { config }, recordedTerminal()), 1);
});
