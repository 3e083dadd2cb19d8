import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diff } from './diff.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-diff-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('it ends with 0 where nothing changes, 1 where something does and 2 where that cannot be told', async () => {
  const [one, two, bad] = [write('a', 'zone: a\n'), write('b', 'zone: b\n'), write('c', 'zoen: c\n')];
  const terminal = recordedTerminal();
  assert.equal(await diff([one, one], {}, terminal), 0);
  assert.equal(terminal.stdout(), '');
  assert.equal(await diff([one, two], {}, terminal), 1);
  assert.equal(terminal.stdout(), 'zone\n  ~ all of it: a → b\n');
  assert.equal(await diff([one, bad], {}, terminal), 2);
  assert.match(terminal.stderr(), /zoen: unknown key/);
  assert.equal(await diff([one], {}, terminal), 2);
  assert.equal(await diff([one, two], { admin: 'http://127.0.0.1:1' }, terminal), 2);
  assert.equal(await diff([one], { admin: 'http://127.0.0.1:1' }, terminal), 2);
});
