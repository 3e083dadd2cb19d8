import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startChild } from './child.ts';
import { BEAT } from './link.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-child-'));
after(() => rmSync(folder, { recursive: true }));

function start(code: string) {
  const module = join(folder, 'child.mjs');
  writeFileSync(module, code);
  return startChild({ module, args: ['a'], execArgv: [], env: { X: '1' }, cwd: folder });
}

test('it is heard, told and ended', async () => {
  const child = start(
    "process.on('message', (message) => process.send({ message, said: [process.env.X, process.argv[2]] }));",
  );
  const heard = Promise.withResolvers<unknown>();
  const ended = Promise.withResolvers<string>();
  child.onMessage(heard.resolve);
  child.onEnd(ended.resolve);
  child.send(BEAT);
  assert.deepEqual(await heard.promise, { message: BEAT, said: ['1', 'a'] });
  child.kill('SIGKILL');
  assert.equal(await ended.promise, 'SIGKILL');
  child.send(BEAT);
});

test('its end is told with its exit code', async () => {
  const child = start('process.exit(3);');
  const ended = Promise.withResolvers<string>();
  child.onEnd(ended.resolve);
  assert.equal(await ended.promise, 'exit code 3');
});
