import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { LogLevelSwitch } from '../telemetry/log-level.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { workerSettings } from '../workers/config.ts';
import { HandWorker, version } from '../workers/hand-worker.fixture.ts';
import { WorkerPool } from '../workers/pool.ts';
import { workersAdmin } from './workers-admin.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-workers-admin-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const socketOf = (worker: number, generation: number): string => join(folder, `${worker}-${generation}.sock`);

/** A worker's operators' socket. */
async function worker(number: number): Promise<{ asked: string[]; close: () => void }> {
  const asked: string[] = [];
  const metrics = createMetrics({ maxSeries: 100 });
  metrics.counter({ name: 'frontdesk_requests_total', help: 'h', labels: [] })(number);
  const server = createServer(async (request, reply) => {
    const { method, url = '' } = request;
    asked.push(`${method} ${url}`);
    if (url === '/metrics/values') reply.end(JSON.stringify(await metrics.snapshot()));
    else if (url === '/admin/unknown') reply.writeHead(404).end(JSON.stringify({ status: 404 }));
    else reply.end(JSON.stringify({ replaced: number }));
  });
  await new Promise<void>((resolve) => server.listen(socketOf(number, 1), resolve));
  return { asked, close: () => void server.close() };
}

async function setUp(t: { after(done: () => void): void }) {
  const clock = new ManualClock();
  const processes: HandWorker[] = [];
  const pool = new WorkerPool({
    settings: workerSettings(2),
    count: 2,
    graceMs: 0,
    startAtOnce: 2,
    start: (number) => {
      const started = new HandWorker(number, 100 + processes.length);
      processes.push(started);
      return started;
    },
    served: version(1),
    place: { host: 'h', port: 1 },
    adminSocket: socketOf,
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  const begun = pool.start();
  for (const one of processes) one.ready();
  await begun;
  await new Promise(setImmediate);
  const workers = await Promise.all([worker(1), worker(2)]);
  t.after(() => {
    for (const { close } of workers) close();
  });
  const { handle, admitted } = workersAdmin({
    token: 'secret',
    pool,
    socketOf,
    metrics: createMetrics({ maxSeries: 100 }),
    logger: noLogger,
    logLevel: new LogLevelSwitch({ logger: { ...noLogger, level: 'info' }, configured: 'info', clock }),
    wall: () => clock.wall(),
    own: undefined,
  });
  const ask = async (
    method: string,
    path: string,
    query = '',
    authorization = 'Bearer secret',
    sent = '',
  ) => {
    const { exchange } = makeExchange({
      method,
      target: query === '' ? path : `${path}?${query}`,
      headers: { authorization, 'content-type': 'application/json' },
      body: new WholeBody(sent),
    });
    const { status, body } = await handle(exchange);
    const bytes = await collect(body, 1_000_000, () => new FrontdeskError('upstream_too_large'));
    return { status, text: new TextDecoder().decode(bytes) };
  };
  return { pool, processes, workers, ask, admitted };
}

test('each, one or all of them are asked, as the path says', async (t) => {
  const { workers, ask } = await setUp(t);
  const each = JSON.parse((await ask('GET', '/admin/upstreams')).text);
  assert.deepEqual(each, { workers: { 1: { replaced: 1 }, 2: { replaced: 2 } } });
  assert.deepEqual(JSON.parse((await ask('GET', '/admin/upstreams', 'worker=2&all=1')).text), {
    replaced: 2,
  });
  assert.equal(workers[1]?.asked.at(-1), 'GET /admin/upstreams?all=1');
  assert.equal((await ask('GET', '/admin/upstreams', 'worker=9')).status, 400);
  assert.deepEqual(JSON.parse((await ask('POST', '/admin/bffs/web/replace')).text), { replaced: 3 });
  assert.deepEqual(JSON.parse((await ask('GET', '/admin/consumers')).text), { replaced: 1 });
  assert.equal((await ask('GET', '/admin/unknown')).status, 404);
});

test('what all measured is one text', async (t) => {
  const { ask } = await setUp(t);
  assert.match((await ask('GET', '/metrics')).text, /^frontdesk_requests_total 3$/m);
});

test('one that does not answer is shown as such, and what all shall do is refused', async (t) => {
  const { workers, ask } = await setUp(t);
  workers[1]?.close();
  const { status, text } = await ask('GET', '/admin/upstreams');
  assert.deepEqual([status, JSON.parse(text).workers[2].status], [200, 503]);
  assert.equal((await ask('POST', '/admin/bffs/web/replace')).status, 503);
});

test('workers are shown and replaced, one restart at a time', async (t) => {
  const { pool, processes, ask } = await setUp(t);
  const shown = JSON.parse((await ask('GET', '/admin/workers')).text);
  assert.deepEqual(
    shown.workers.map(({ pid }: { pid: number }) => pid),
    [100, 101],
  );
  for (const path of ['/admin/workers/9/restart', '/admin/workers/1', '/admin/workers/restart/1']) {
    assert.equal((await ask('POST', path)).status, 404);
  }
  assert.equal((await ask('GET', '/admin/workers/restart')).status, 405);
  assert.equal((await ask('POST', '/admin/workers/2/restart')).status, 202);
  assert.match((await ask('POST', '/admin/workers/restart')).text, /a restart is under way/);
  processes.at(-1)?.ready();
  await new Promise(setImmediate);
  assert.equal(pool.slots[1]?.current?.pid, 102);
});

test('a log level is told to all of them, and to one that begins to serve later', async (t) => {
  const { workers, ask, admitted } = await setUp(t);
  const told = 'PUT /admin/log-level';
  const counts = (): number[] => workers.map(({ asked }) => asked.filter((one) => one === told).length);
  await admitted(1, 1);
  assert.deepEqual(counts(), [0, 0]);
  const put = await ask('PUT', '/admin/log-level', '', 'Bearer secret', '{"level":"debug"}');
  assert.equal(JSON.parse(put.text).level, 'debug');
  assert.deepEqual(counts(), [1, 1]);
  await admitted(2, 1);
  assert.deepEqual(counts(), [1, 2]);
  await admitted(2, 9);
  await ask('GET', '/admin/log-level', 'worker=1');
  assert.equal(workers[0]?.asked.at(-1), 'GET /admin/log-level');
});

test('readiness has a reason for each worker that has one, and none while one of them is ready; liveness has none', async (t) => {
  const { pool, processes, ask } = await setUp(t);
  const asked = async () => {
    assert.equal((await ask('GET', '/healthz', '', '')).status, 200);
    const { status, text } = await ask('GET', '/readyz', '', '');
    return [status, ...(JSON.parse(text).reasons ?? [])];
  };
  const says = (index: number, notReady: readonly string[]): void =>
    processes[index]?.says({
      kind: 'status',
      status: { notReady, requestsInFlight: 0, loopDelayMs: 0, heapMb: 0, rssMb: 0 },
    });
  assert.deepEqual(await asked(), [200]);
  const [keys, endpoints] = [
    "the token issuer's keys could not be fetched yet: a",
    'no endpoint is known: b',
  ];
  says(0, [keys]);
  assert.deepEqual(await asked(), [200], 'the other one is');
  says(1, [keys, endpoints]);
  assert.deepEqual(await asked(), [503, `worker 1: ${keys}`, `worker 2: ${keys}`, `worker 2: ${endpoints}`]);
  processes[0]?.end('SIGKILL');
  const [status, ...reasons] = await asked();
  assert.equal(status, 503);
  assert.match(String(reasons[0]), /^worker 1: is (waiting|starting)$/);
  assert.deepEqual(reasons.slice(1), [`worker 2: ${keys}`, `worker 2: ${endpoints}`]);
  says(1, []);
  assert.deepEqual(await asked(), [200]);
  pool.announce();
  assert.deepEqual(await asked(), [503, 'draining']);
});

test('nobody but an operator is answered, but for health', async (t) => {
  const { ask } = await setUp(t);
  assert.equal((await ask('GET', '/admin/workers', '', 'Bearer other')).status, 401);
  assert.equal((await ask('GET', '/metrics', '', '')).status, 401);
  assert.equal((await ask('GET', '/readyz', '', '')).status, 200);
});
