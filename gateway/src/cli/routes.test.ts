import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { routes } from './routes.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-routes-'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'f.yaml');
  writeFileSync(file, text);
  return file;
}

test('routes come in the order in which requests ask them', async () => {
  const terminal = recordedTerminal();
  const config = write(`
routes:
  - { match: { path: /a/* }, to: { fixed: {} } }
  - { match: { path: /a/b, methods: [GET] }, to: { fixed: { status: 204 } } }
`);
  assert.equal(await routes({ config }, terminal), 0, terminal.stderr());
  const paths = terminal
    .stdout()
    .split('\n')
    .map((line) => line.split(/\s+/)[1]);
  assert.deepEqual(paths, ['PATH', '/a/b', '/healthz', '/readyz', '/a/*', undefined]);
});

test('two routes for the same requests are told, as by check', async () => {
  const terminal = recordedTerminal();
  const config = write('routes:\n  - { match: { path: /healthz, methods: [GET] }, to: { fixed: {} } }\n');
  assert.equal(await routes({ config }, terminal), 1);
  assert.match(terminal.stderr(), /two routes take the same requests/);
});

test('conditions and priorities have columns where there are any', async () => {
  const terminal = recordedTerminal();
  const config = write(
    'routes:\n  - { match: { path: /a, query: { q: "1" }, priority: 5 }, to: { fixed: {} } }\n',
  );
  assert.equal(await routes({ config }, terminal), 0, terminal.stderr());
  assert.match(terminal.stdout(), /^METHODS +PATH +CONDITIONS +PRIORITY +KIND/);
  assert.match(terminal.stdout(), /any +\/a +query parameter q is "1" +5 +fixed/);
  const asJson = recordedTerminal();
  assert.equal(await routes({ config, json: true }, asJson), 0);
  assert.equal(JSON.parse(asJson.stdout())[0].conditions[0], 'query parameter q is "1"');
});
