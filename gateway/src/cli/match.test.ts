import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { match } from './match.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-match-'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'f.yaml');
  writeFileSync(file, text);
  return file;
}

const CONFIG = 'routes:\n  - { match: { path: "/a/:id", methods: [GET] }, to: { fixed: {} } }\n';

test('the route that takes a request, its parameters, and why not the others', async () => {
  const terminal = recordedTerminal();
  assert.equal(await match('get', 'https://h:8/a/%41?q', { config: write(CONFIG) }, terminal), 0);
  assert.match(terminal.stdout(), /^GET \/a\/A goes to \/a\/:id: fixed, always 200\n {2}id = A\n/);
  assert.match(terminal.stdout(), /Not:\n {2}GET \/healthz: path \/a\/A is not \/healthz\n/);
});

test('what is no request, and a path that is refused', async () => {
  const config = write(CONFIG);
  assert.equal(await match('GET', 'a/b', { config }, recordedTerminal()), 2);
  assert.equal(await match('GET', '/a', { config, header: ['no colon'] }, recordedTerminal()), 2);
  const terminal = recordedTerminal();
  assert.equal(await match('GET', '/a/../b', { config }, terminal), 1);
  assert.notEqual(terminal.stderr(), '');
});
