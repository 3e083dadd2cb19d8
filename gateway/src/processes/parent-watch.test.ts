import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { watchParent } from './parent-watch.ts';

const CHILD = `
import { watchParent } from ${JSON.stringify(new URL('./parent-watch.ts', import.meta.url).href)};
watchParent(20, 40);
process.stdout.write(String(process.pid), () => { for (;;); });
`;
const PARENT = `
import { spawn } from 'node:child_process';
spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(CHILD)}], { stdio: 'inherit' });
`;

test('a process in an endless loop does not outlive its parent', async (t) => {
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', PARENT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(parent.stdout, 'data');
  const pid = Number(String(said));
  assert.ok(pid > 0);
  t.after(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone, as it should be.
    }
  });
  const closed = once(parent.stdout, 'close');
  parent.kill('SIGKILL');
  // Both write to it: it closes when both are gone.
  await closed;
});

test('one whose parent is there goes on, and can stop looking', () => {
  watchParent()();
});
