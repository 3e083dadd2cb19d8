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
  assert.doesNotMatch(terminal.stdout(), /Not:/);
  assert.match(terminal.stdout(), /\n\n\d+ routes are for other hosts or paths \(--all tells them\)\n$/);
});

test('routes for other hosts and paths are told where all are asked for', async () => {
  const terminal = recordedTerminal();
  const options = { config: write(CONFIG), all: true };
  assert.equal(await match('get', '/a/1', options, terminal), 0);
  assert.match(terminal.stdout(), /Not:\n {2}GET \/healthz: path \/a\/1 is not \/healthz\n/);
  assert.doesNotMatch(terminal.stdout(), /--all/);
});

test('what is no request, and a path that is refused', async () => {
  const config = write(CONFIG);
  assert.equal(await match('GET', 'a/b', { config }, recordedTerminal()), 2);
  assert.equal(await match('GET', '/a', { config, header: ['no colon'] }, recordedTerminal()), 2);
  const terminal = recordedTerminal();
  assert.equal(await match('GET', '/a/../b', { config }, terminal), 1);
  assert.notEqual(terminal.stderr(), '');
});

const CONDITIONS = `
routing: { versions: { header: x-v, default: "1" } }
routes:
  - { match: { path: /a, version: "2", headers: { x-b: { present: true } } }, to: { fixed: { status: 204 } } }
  - { match: { path: /a, priority: -1 }, to: { redirect: { location: /b } } }
  - { match: { path: /c, version: "2" }, to: { fixed: {} } }
`;

test('each condition is told: what holds, and what does not', async () => {
  const terminal = recordedTerminal();
  const config = write(CONDITIONS);
  assert.equal(await match('GET', '/a', { config, header: ['x-b: 1'] }, terminal), 0);
  const lines = terminal.stdout().split('\n');
  assert.equal(lines[0], 'GET /a goes to /a: redirect, 307 to /b');
  const near = lines.indexOf('  any /a: version is "1", but the route asks that it is "2"');
  assert.equal(lines[near + 1], '    although path /a is /a, header x-b is there');
  assert.match(terminal.stdout(), /\n\n\d+ more routes are for other hosts or paths \(--all tells them\)\n$/);
  assert.doesNotMatch(terminal.stdout(), /\/c/);
  assert.equal(await match('GET', '/a', { config, header: ['x-b: 1', 'x-v: 2'] }, terminal), 0);
  assert.match(terminal.stdout(), /because path \/a is \/a, header x-b is there, version is "2"/);
});

test('the same as JSON, with the place of each route', async () => {
  const terminal = recordedTerminal();
  assert.equal(await match('GET', '/a', { config: write(CONDITIONS), json: true }, terminal), 0);
  const { result, routes } = JSON.parse(terminal.stdout());
  assert.equal(result, 'found');
  const [first] = routes;
  assert.match(first.source, /f\.yaml:4:5$/);
  const taken = routes.filter((one: { taken: boolean }) => one.taken);
  assert.deepEqual(
    taken.map(({ source }: { source: string }) => source.endsWith('f.yaml:5:5')),
    [true],
  );
  assert.deepEqual(
    first.checks.map(({ about, holds }: { about: string; holds: boolean }) => [about, holds]),
    [
      ['path', true],
      ['condition', false],
      ['condition', false],
    ],
  );
});
