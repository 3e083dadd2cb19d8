/** What a newcomer does: clone, `npm start`, paste the printed commands, and stop it again. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { isTaken, PORT_NAMES, shiftedPorts } from '../stack/ports.ts';
import { type NpmStart, npmStart, plainEnvironment, processesIn, waitUntilNone } from './npm-start.ts';

const AUDIENCES = 8;
/** Above the demo's own patience with its gateway. */
const GONE_WITHIN_MS = 40_000;
const CURL_TIMEOUT_MS = 60_000;
/** All of them move the demo's ports below those that systems give out by themselves. */
const SHIFTS = [0, 20_000, 21_000, 22_000, 23_000, 24_000, 25_000, 26_000];
/** What npm has in its cache, for this tree's own installation, need not be asked for again. */
const env = { npm_config_prefer_offline: 'true' };

let directory: string;
let clone: string;
/** The demo's own ports, unless something holds one of them here. */
let args: readonly string[] = [];
let started: NpmStart | undefined;

before(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'frontdesk-clone-')));
  clone = join(directory, 'frontdesk');
  execFileSync('git', ['clone', '--quiet', ROOT, clone], { env: plainEnvironment() });
  const shift = await freeShift(SHIFTS);
  if (shift !== 0) args = ['--port-shift', String(shift)];
});

/** The first one of `shifts` that leads to nobody's ports. */
async function freeShift(shifts: readonly number[]): Promise<number> {
  for (const shift of shifts) {
    const ports = shiftedPorts(shift);
    const taken = await Promise.all(PORT_NAMES.map((name) => isTaken(ports[name])));
    if (!taken.includes(true)) return shift;
  }
  assert.fail(`each of these moves of the demo's ports leads to one that is taken: ${shifts.join(', ')}`);
}

after(async () => {
  started?.npm.kill('SIGTERM');
  const left = await waitUntilNone(clone, GONE_WITHIN_MS);
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<readonly string[]> {
  started = npmStart(clone, args, env);
  return started.ready;
}

test('npm start installs, becomes ready, and every command it prints is answered with 200', async () => {
  assert.ok(!existsSync(join(clone, 'node_modules')));
  const commands = await start();
  assert.equal(commands.length, AUDIENCES, started?.output());
  for (const command of commands) {
    const quiet = command.replace('curl ', "curl -s -o /dev/null -w '%{http_code}' ");
    const { stdout } = spawnSync('sh', ['-c', quiet], { env: plainEnvironment(), timeout: CURL_TIMEOUT_MS });
    assert.equal(stdout.toString(), '200', command);
  }
});

test('SIGTERM to npm stops everything', async () => {
  assert.ok(processesIn(clone).length > 0 || process.platform !== 'linux');
  started?.npm.kill('SIGTERM');
  await started?.exited;
  assert.deepEqual(await waitUntilNone(clone, GONE_WITHIN_MS), []);
});

test('Ctrl-C stops everything', async () => {
  await start();
  // A terminal sends it to the whole foreground group.
  process.kill(-(started?.npm.pid ?? 0), 'SIGINT');
  await started?.exited;
  assert.deepEqual(await waitUntilNone(clone, GONE_WITHIN_MS), []);
});

test('when npm and the demo are killed outright, the gateway ends too', async () => {
  await start();
  for (const { pid, command } of processesIn(clone)) {
    if (/demo\.ts|npm start/.test(command)) process.kill(pid, 'SIGKILL');
  }
  assert.deepEqual(await waitUntilNone(clone, GONE_WITHIN_MS), []);
});

test('a taken port is named, with the option that moves it, and nothing is left running', async () => {
  const shift = await freeShift(SHIFTS.slice(1));
  const port = shiftedPorts(shift).users;
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  const refused = npmStart(clone, ['--port-shift', String(shift)], env);
  assert.equal(await refused.exited, 1);
  holder.close();
  assert.match(refused.output(), new RegExp(`port ${port}, for users, is taken.*--port-shift`));
  assert.deepEqual(await waitUntilNone(clone, GONE_WITHIN_MS), []);
});
