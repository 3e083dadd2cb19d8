/** A configuration with five faults: `check` names each with its place, and `serve` refuses it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../stack/config.ts';

const FAULTY = `listen: { host: 127.0.0.1, port: 99999 }
plans:
  free: { limit: { capacity: 100, refill: often } }
upstreems: {}
upstreams:
  users: { url: "ftp://127.0.0.1:4101" }
routes:
  - match: { path: "/api/users/*", methods: [GET] }
    to: { upstream: user }
`;
/** Line and column of each, and a word of what was expected. */
const FAULTS: readonly (readonly [line: number, column: number, expected: RegExp])[] = [
  [1, 34, /65535/],
  [3, 43, /rate/],
  [4, 1, /upstreams/],
  [6, 17, /https?:/],
  [9, 21, /users/],
];

const directory = mkdtempSync(join(tmpdir(), 'frontdesk-faulty-'));
const file = join(directory, 'frontdesk.yaml');
writeFileSync(file, FAULTY);
after(() => rmSync(directory, { recursive: true }));

function frontdesk(...args: string[]): { readonly status: number | null; readonly output: string } {
  const main = join(ROOT, 'gateway/src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { timeout: 300_000 });
  return { status, output: `${stdout}${stderr}` };
}

test('check names all five, with file, line, column and what was expected', () => {
  const { status, output } = frontdesk('check', '--config', file);
  assert.equal(status, 1, output);
  const lines = output.split('\n').filter((line) => /frontdesk\.yaml:\d+:\d+/.test(line));
  assert.equal(lines.length, FAULTS.length, output);
  for (const [line, column, expected] of FAULTS) {
    const found = lines.find((text) => text.includes(`frontdesk.yaml:${line}:${column}`));
    assert.ok(found !== undefined, `no fault at ${line}:${column} in:\n${output}`);
    assert.match(found, expected);
  }
});

test('serve refuses it', () => {
  const { status, output } = frontdesk('serve', '--config', file);
  assert.equal(status, 1, output);
  assert.match(output, /frontdesk\.yaml:4:1/);
});

test("check finds nothing wrong with the demo's own configuration", () => {
  const { status, output } = frontdesk('check', '--config', join(ROOT, 'frontdesk.yaml'));
  assert.equal(status, 0, output);
});
