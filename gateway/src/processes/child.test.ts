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

test('what did not reach it is not its end, and one that never began has one', async () => {
  const child = start('setInterval(() => {}, 1000);');
  const ended = Promise.withResolvers<string>();
  child.onEnd(ended.resolve);
  child.node.emit('error', new Error('write EPIPE'));
  child.node.emit('error', new Error('write EPIPE'));
  child.kill('SIGKILL');
  assert.equal(await ended.promise, 'SIGKILL');
  const none = startChild({ module: 'x', args: [], execArgv: [], env: {}, cwd: join(folder, 'none') });
  const never = Promise.withResolvers<string>();
  none.onEnd(never.resolve);
  assert.match(await never.promise, /ENOENT/);
});
