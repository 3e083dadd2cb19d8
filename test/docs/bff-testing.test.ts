/** The example of gateway/docs/BFF-TESTING.md, run as a team's own test in a folder of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from '../stack/config.ts';
import { examplesOf } from './page.ts';

test('the page', { timeout: 300_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bff-testing-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules/@frontdesk'), { recursive: true });
  symlinkSync(join(ROOT, 'gateway'), join(folder, 'node_modules/@frontdesk/gateway'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const example = examplesOf('BFF-TESTING.md').get('dashboard.test.ts');
  assert.ok(example);
  writeFileSync(join(folder, 'dashboard.test.ts'), example.text);
  const { NODE_TEST_CONTEXT: _inside, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', 'dashboard.test.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
  assert.match(stdout, /# pass 3\n# fail 0/);
  assert.match(stdout, /user +required +timeout +screen fails/);
});
