import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRecord } from './http/request-body.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;

function run(...args: string[]): Child {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

async function exitOf(child: Child): Promise<{ code: number; stderr: string }> {
  const [stderr, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
  return { code, stderr };
}

test('one service alone: it says where it is, and stops at once on SIGTERM with connections open', async (t) => {
  const child = run('users', '--port', '0');
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const url = /http:\S+/.exec(String(line))?.[0];
  assert.equal((await fetch(`${url}/users/42`)).status, 200);
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/__faults`, { method: 'POST', body: '{"hang":true}', headers });
  const hanging = assert.rejects(fetch(`${url}/users/1`));
  for (;;) {
    const stats: unknown = await (await fetch(`${url}/__stats`)).json();
    if (isRecord(stats) && stats.inFlight === 1) break;
  }
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  await hanging;
});

test('a taken port is named, with the option to choose another', async (t) => {
  const first = run('users', '--port', '0');
  t.after(() => first.kill('SIGKILL'));
  const [line] = await once(first.stdout, 'data');
  const port = /:(\d+)\s*$/.exec(String(line))?.[1] ?? '';
  const { code, stderr } = await exitOf(run('analytics', '--port', port));
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`port ${port}.*analytics.*taken.*--port`));
});

test('a wrong command line is explained', async () => {
  for (const [args, reason] of [
    [['nobody'], /no service is called 'nobody'/],
    [['--port', '1'], /for a single service/],
    [['users', '--port', 'x'], /--port must be/],
    [['--colour'], /colour/],
  ] as const) {
    const { code, stderr } = await exitOf(run(...args));
    assert.equal(code, 2);
    assert.match(stderr, reason);
    assert.match(stderr, /usage:/);
  }
});
