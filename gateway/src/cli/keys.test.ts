import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-keys-'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(file, text);
  return file;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const CONFIG = `# keep me
auth: { apiKey: {} }
consumers:
  - id: acme
    apiKeys:
      - { id: k1, sha256: ${digest('1')} } # the first
      - { id: k2, sha256: ${digest('2')} }
  - id: globex
    apiKeys: [{ id: k2, sha256: ${digest('3')} }]
`;

test('create shows the key once and the digest to configure', async () => {
  const terminal = recordedTerminal();
  assert.equal(await createKey({ id: 'k9', consumer: 'acme' }, terminal), 0);
  const key = terminal.stdout().trim();
  assert.match(key, /^fd_k9_/);
  assert.ok(terminal.stderr().includes(`- { id: k9, sha256: ${digest(key)} }`));
  assert.ok(!terminal.stderr().includes(key));
  const bad = recordedTerminal();
  assert.equal(await createKey({ id: 'not good' }, bad), 1);
  assert.match(bad.stderr(), /letters, digits or -/);
});

test('list shows consumers, keys and plans, and no whole digest', async () => {
  const terminal = recordedTerminal();
  assert.equal(await listKeys({ config: write(CONFIG) }, terminal), 0);
  assert.match(terminal.stdout(), /acme +k1 +\(default\) +never/);
  assert.match(terminal.stdout(), /globex +k2/);
  assert.ok(!terminal.stdout().includes(digest('1')));
});

test('revoke takes the one entry out of the file', async () => {
  const file = write(CONFIG);
  const terminal = recordedTerminal();
  assert.equal(await revokeKey('k1', { config: file }, terminal), 0);
  assert.equal(readFileSync(file, 'utf8'), CONFIG.replace(/ {6}- \{ id: k1.*\n/, ''));
  assert.match(terminal.stdout(), /Key k1 of acme is gone from .*frontdesk.yaml:6/);
});

test('revoke asks whose key it is, and offers the nearest name', async () => {
  const file = write(CONFIG);
  const unclear = recordedTerminal();
  assert.equal(await revokeKey('k2', { config: file }, unclear), 1);
  assert.match(unclear.stderr(), /acme, globex.*--consumer/);
  assert.equal(await revokeKey('k2', { config: file, consumer: 'globex' }, recordedTerminal()), 0);
  assert.match(readFileSync(file, 'utf8'), /globex\n {4}apiKeys: \[\]\n/);
  const unknown = recordedTerminal();
  assert.equal(await revokeKey('k12', { config: file }, unknown), 1);
  assert.match(unknown.stderr(), /no key "k12" is configured; did you mean "k1"\?/);
});
