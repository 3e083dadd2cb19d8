/** Several workers as their operators meet them: killed, hung, replaced, succeeded, told to go, while clients ask. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { type GatewayProcess, startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';

const KEY = 'the-key-of-the-only-consumer-here';
const CAPACITY = 40;
const AT_ONCE = 8;
const WORKERS = 2;
const CLIENTS = 6;
const POLL_MS = 50;
const PAUSE_MS = 50;

interface WorkerView {
  readonly worker: number;
  readonly state: string;
  readonly pid: number;
  readonly restarts: number;
  readonly connections: number;
  readonly version: { readonly number: number };
}

const cache = join(ROOT, 'node_modules/.cache/frontdesk');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'workers-'));
const configPath = join(folder, 'frontdesk.yaml');
const pidFile = join(folder, 'gateway.pid');
/** Slow enough for requests to be under way when something happens. */
const backend = http.createServer((request, reply) => {
  if (request.url === '/stream') reply.write('a');
  else setTimeout(() => reply.end('{}'), 5);
});
let gateway: GatewayProcess | undefined;
let [port, adminPort] = [0, 0];

function configText(path = '/asked'): string {
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const { port: backendPort } = backend.address() as AddressInfo;
  return JSON.stringify({
    listen: { host: '127.0.0.1', port, drain: { idle: '300ms', grace: '3s' } },
    admin: { port: adminPort },
    workers: { count: WORKERS, startWithin: '2m', heartbeat: '100ms', silence: '1s' },
    pidFile,
    shedding: 'off',
    limits: { mode: 'exact' },
    telemetry: { accessLog: { enabled: false } },
    auth: { apiKey: { header: 'x-api-key' } },
    plans: { few: { limit: { capacity: CAPACITY, refill: '1/h' } } },
    consumers: [{ id: 'one', plan: 'few', apiKeys: [{ id: 'one', sha256 }] }],
    upstreams: { here: { url: `http://127.0.0.1:${backendPort}` } },
    routes: [
      { match: { path }, to: { upstream: 'here' }, auth: 'none', limit: 'unlimited' },
      { match: { path: '/stream' }, to: { upstream: 'here' }, auth: 'none', limit: 'unlimited' },
      { match: { path: '/limited' }, to: { upstream: 'here' }, auth: ['apiKey'] },
    ],
  });
}

before(async () => {
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  [port = 0, adminPort = 0] = await freePorts(2);
  writeFileSync(configPath, configText());
  gateway = await startGateway({ configPath, port, adminPort });
  await until(async () => (await view()).every(({ state }) => state === 'ready'));
});
after(async () => {
  const last = pidNow();
  if (last > 0 && isAlive(last)) process.kill(last, 'SIGTERM');
  await gateway?.stop();
  backend.closeAllConnections();
  backend.close();
  rmSync(folder, { recursive: true });
});

/** The process that takes signals now. */
function pidNow(): number {
  try {
    return Number(readFileSync(pidFile, 'utf8'));
  } catch {
    return gateway?.pid ?? 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => Promise<boolean>, withinMs = 180_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not so after ${withinMs} ms:\n${gateway?.output()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function admin(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}${path}`, { method });
  return { status: answer.status, text: await answer.text() };
}

async function view(): Promise<WorkerView[]> {
  const shown: { workers: WorkerView[] } = JSON.parse((await admin('/admin/workers')).text);
  return shown.workers;
}

async function firstWorker(): Promise<WorkerView> {
  const [first] = await view();
  if (!first) throw new Error('there is no worker');
  return first;
}

/** The status, or the error's code. */
function ask(path: string, agent: http.Agent | false = false): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { 'x-api-key': KEY };
    const outgoing = http.get({ host: '127.0.0.1', port, path, agent, headers }, (reply) => {
      reply.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      reply.on('end', () => resolve(reply.statusCode ?? 0));
      reply.resume();
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
}

interface Load {
  /** Requests that were answered so far. */
  answered(): number;
  /** Ends it. What was not answered with 200. */
  stop(): Promise<(number | string)[]>;
}

/** Clients that ask again and again: some keep their connections, some take a new one each time. */
function load(t: TestContext): Load {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const failures: (number | string)[] = [];
  let [answered, isOver] = [0, false];
  const clients = Array.from({ length: CLIENTS }, async (_, i) => {
    while (!isOver) {
      const status = await ask('/asked', i % 2 === 0 ? agent : false);
      // Processes that start need the machine, too.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (status === 200) answered += 1;
      else failures.push(status);
    }
  });
  const stop = async (): Promise<(number | string)[]> => {
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    return failures;
  };
  // Whatever else fails, no client outlives its test.
  t.after(stop);
  return { answered: () => answered, stop };
}

async function some(running: Load, more = 20): Promise<void> {
  const enough = running.answered() + more;
  await until(async () => running.answered() >= enough);
}

test('a limit is one for all workers', async () => {
  const statuses: (number | string)[] = [];
  // Few at a time: where the primary does not answer a worker in time, its share decides.
  for (let i = 0; i < 3 * CAPACITY; i += AT_ONCE) {
    statuses.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => ask('/limited')))));
  }
  assert.equal(statuses.filter((status) => status === 200).length, CAPACITY);
  assert.equal(statuses.filter((status) => status === 429).length, 2 * CAPACITY);
});

test('kill -9 of a worker costs no more than what it was doing, and another takes its place', async (t) => {
  const running = load(t);
  await some(running);
  const before = await firstWorker();
  process.kill(before.pid, 'SIGKILL');
  await until(async () => {
    const now = await firstWorker();
    return now.state === 'ready' && now.pid !== before.pid;
  });
  await some(running);
  const failures = await running.stop();
  assert.ok(failures.length <= CLIENTS, String(failures));
  assert.equal((await firstWorker()).restarts, before.restarts + 1);
});

test('one that hangs gets no more connections, and is replaced', async (t) => {
  const before = await firstWorker();
  process.kill(before.pid, 'SIGSTOP');
  const running = load(t);
  await until(async () => {
    const now = await firstWorker();
    return now.state === 'ready' && now.pid !== before.pid;
  });
  await some(running);
  // What it had not taken went to another when it was killed.
  assert.deepEqual(await running.stop(), []);
});

test('workers are replaced one by one, and nothing is lost', async (t) => {
  const before = (await view()).map(({ pid }) => pid);
  const running = load(t);
  await some(running);
  assert.equal((await admin('/admin/workers/restart', 'POST')).status, 202);
  assert.equal((await admin('/admin/workers/restart', 'POST')).status, 400);
  await until(async () => (await view()).every(({ pid }) => !before.includes(pid)));
  await some(running);
  assert.deepEqual(await running.stop(), []);
  await until(async () => /"underWay":\[\]/.test((await admin('/admin/workers')).text));
});

test('a bad configuration changes nothing on any worker; a good one is served by all', async () => {
  writeFileSync(configPath, configText().replace('"/limited"', '"/stream"'));
  process.kill(pidNow(), 'SIGHUP');
  await until(async () => /the old configuration goes on/.test(gateway?.output() ?? ''));
  for (let i = 0; i < 2 * WORKERS; i += 1) assert.equal(await ask('/asked'), 200);
  writeFileSync(configPath, configText('/other'));
  process.kill(pidNow(), 'SIGHUP');
  await until(async () => /the new configuration serves/.test(gateway?.output() ?? ''));
  const asked = await Promise.all(Array.from({ length: 4 * WORKERS }, () => ask('/other')));
  assert.deepEqual(new Set(asked), new Set([200]));
  assert.equal(new Set((await view()).map(({ version }) => version.number)).size, 1);
  writeFileSync(configPath, configText());
  process.kill(pidNow(), 'SIGHUP');
  await until(async () => (await ask('/asked')) === 200);
});

test('operators are answered for all: metrics as one, the rest side by side, or by one of them', async () => {
  const { text } = await admin('/metrics');
  assert.match(text, /^frontdesk_requests_total\{/m);
  assert.match(text, /^frontdesk_process_ready\{process="worker 1"\} 1$/m);
  const upstreams = JSON.parse((await admin('/admin/upstreams')).text);
  assert.deepEqual(Object.keys(upstreams.workers), ['1', '2']);
  assert.equal((await admin('/admin/upstreams?worker=2')).text.includes('"workers"'), false);
  assert.equal((await admin('/admin/upstreams?worker=9')).status, 400);
  assert.equal((await admin('/admin/nothing')).status, 404);
  assert.equal((await admin('/readyz')).status, 200);
});

test('SIGUSR2: a successor serves on the same port, and nothing is lost', async (t) => {
  const before = pidNow();
  const running = load(t);
  await some(running);
  process.kill(before, 'SIGUSR2');
  await until(async () => pidNow() !== before && !isAlive(before));
  await some(running);
  assert.deepEqual(await running.stop(), []);
  assert.equal(await gateway?.exited, 0);
});

test('SIGTERM: what is asked is answered, streams end within the grace, nobody is left: a successor that starts neither', async (t) => {
  const primary = pidNow();
  const workers = (await view()).map(({ pid }) => pid);
  const stream = connect(port, '127.0.0.1');
  t.after(() => stream.destroy());
  const begun = Promise.withResolvers<void>();
  const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  stream.on('data', () => begun.resolve()).on('error', () => {});
  stream.write('GET /stream HTTP/1.1\r\nHost: h\r\n\r\n');
  await begun.promise;
  const running = load(t);
  await some(running);
  process.kill(primary, 'SIGUSR2');
  let successors: number[] = [];
  await until(async () => {
    successors = childrenOf(primary).filter((pid) => !workers.includes(pid));
    return successors.length > 0;
  });
  process.kill(primary, 'SIGTERM');
  await ended;
  await until(async () => ![primary, ...workers, ...successors].some(isAlive));
  const failures = await running.stop();
  assert.deepEqual(
    failures.filter((failure) => failure !== 'ECONNREFUSED'),
    [],
  );
  assert.equal(await ask('/asked'), 'ECONNREFUSED');
});

function childrenOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${Number(name)}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
