import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { packageFolder } from '../codegen/package-folder.fixture.ts';
import { putFiles } from './generated-files.ts';
import { recordedTerminal } from './testing.fixture.ts';

it('puts files, takes away what it made before, and with check does neither', async (t) => {
  const output = packageFolder(t, { 'sub/old.graphql': '# ours', 'sub/own.json': '{}' });
  const made = {
    output,
    files: [{ path: 'sub/new.ts', text: 'new' }],
    isOurs: (text: string) => text.startsWith('# ours'),
    command: 'make it',
  };
  const checked = recordedTerminal();
  assert.equal(await putFiles(made, true, checked), 1);
  assert.match(
    checked.stderr(),
    /new\.ts: is not .*old\.graphql: nothing makes it any more\nrun: make it\n/s,
  );
  assert.ok(!existsSync(join(output, 'sub/new.ts')));
  assert.equal(await putFiles(made, false, recordedTerminal()), 0);
  assert.equal(readFileSync(join(output, 'sub/new.ts'), 'utf8'), 'new');
  assert.ok(!existsSync(join(output, 'sub/old.graphql')));
  assert.ok(existsSync(join(output, 'sub/own.json')));
  assert.equal(await putFiles(made, true, recordedTerminal()), 0);
});
