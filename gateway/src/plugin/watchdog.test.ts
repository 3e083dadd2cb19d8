import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

/** Runs until it is killed; it beats once in a while before. */
const SCRIPT = `
import { Watchdog } from ${JSON.stringify(new URL('./watchdog.ts', import.meta.url).href)};
const dog = new Watchdog({ standsMs: 200, beatMs: 50 });
const [folder] = process.argv.slice(1);
dog.know('looping', { folder, file: folder + '/none.ts' });
const { spin } = await import(folder + '/spin.fixture.ts');
setTimeout(spin, 300);
`;

test('the plugin whose code never ends is named, with the line', { timeout: 300_000 }, async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, import.meta.dirname], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [chunk] = await once(child.stderr, 'data');
  const line: unknown = JSON.parse(String(chunk));
  assert.ok(typeof line === 'object' && line !== null && 'plugin' in line && 'at' in line);
  assert.equal(line.plugin, 'looping');
  assert.match(String(line.at), /spin\.fixture\.ts:\d+:\d+$/);
});
