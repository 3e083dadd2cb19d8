import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { match } from './match.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-match-split-'));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'f.yaml');

async function told(
  split: string,
  ...[header = [], as]: [header?: string[], as?: string]
): Promise<string[]> {
  writeFileSync(
    config,
    `upstreams:
  users:
    split:
      sides: { stable: { upstream: users-v1 }, canary: { upstream: users-v2 ${split.startsWith('steps') ? '' : ', weight: 20'} } }
      ${split}
  users-v1: { url: "http://127.0.0.1:1" }
  users-v2: { url: "http://127.0.0.1:2" }
routes:
  - { match: { path: /users }, to: { upstream: users }, auth: none }
`,
  );
  const terminal = recordedTerminal();
  const options = { config, header, ...(as === undefined ? {} : { as }) };
  assert.equal(await match('GET', '/users', options, terminal), 0, terminal.stderr());
  const lines = terminal.stdout().split('\n');
  const at = lines.findIndex((line) => line.startsWith('  upstream users is a split'));
  return lines.slice(at, at + 2).map((line) => line.trim());
}

const SHARES = 'upstream users is a split: 80 % stable (users-v1), 20 % canary (users-v2)';

test('the shares are told, and that a request without a key goes by chance', async () => {
  assert.deepEqual(await told('by: none'), [SHARES, 'goes to a side by chance']);
  assert.deepEqual(await told('by: consumer'), [
    SHARES,
    'goes to a side by consumer, which the request lacks (--as says one), or else by chance',
  ]);
});

test('the side of a caller is told, as it will be', async () => {
  assert.deepEqual(await told('by: header:x-session', ['x-session: ada']), [
    SHARES,
    'goes to stable: by header x-session',
  ]);
  const sides = new Set<string | undefined>();
  for (let i = 0; i < 20; i += 1) sides.add((await told('by: consumer', [], `c${i}`))[1]);
  assert.deepEqual([...sides].sort(), ['goes to canary: by consumer', 'goes to stable: by consumer']);
});

test('who may force a side is told with it', async () => {
  const split = 'force: { header: x-canary, scopes: [beta] }';
  assert.equal(
    (await told(split, ['X-Canary: canary']))[1],
    'goes to canary: forced, if the caller has beta',
  );
  assert.equal((await told(split, ['X-Canary: canry']))[1], 'goes to a side by chance');
});

test('steps are told as they stand now', async () => {
  const shares = async (start: string): Promise<string | undefined> =>
    (await told(`steps: [{ weight: 1, for: 1h }, { weight: 100 }]${start}`))[0];
  assert.match((await shares('')) ?? '', /99 % stable \(users-v1\), 1 % canary/);
  assert.match((await shares('\n      startAt: 2001-01-01T00:00:00Z')) ?? '', /0 % stable .*, 100 % canary/);
  assert.match((await shares('\n      startAt: 2101-01-01T00:00:00Z')) ?? '', /100 % stable .*, 0 % canary/);
});
