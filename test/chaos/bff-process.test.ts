/**
 * A BFF in a process that the gateway runs for it, in trouble: replaced under load, caught in an endless loop, killed. Its own
 * mount alone may feel that; another BFF and the passthrough go on.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../stack/config.ts';
import { type ServedGateway, serve } from './gateway.ts';

const PACKAGE = join(ROOT, 'gateway/src/whole-gateway/bff-apart.fixture.ts');
const KEY = 'a-key-of-acme-0123456789';
const DELAY_MS = 50;
const BACK_WITHIN_MS = 60_000;

let folder: string;
let gateway: ServedGateway;
const slow = createServer((_request, response) => setTimeout(() => response.end('{}'), DELAY_MS));

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'frontdesk-bff-process-'));
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const place = slow.address();
  const port = typeof place === 'object' ? place?.port : 0;
  const quiet = { accessLog: { enabled: false } };
  writeFileSync(
    join(folder, 'web.yaml'),
    JSON.stringify({ telemetry: quiet, bffs: [{ package: PACKAGE, mount: '/web' }] }),
  );
  writeFileSync(
    join(folder, 'inside.mjs'),
    `import web from ${JSON.stringify(pathToFileURL(PACKAGE).href)};\nexport default { ...web, name: 'inside' };\n`,
  );
  gateway = await serve(folder, {
    telemetry: quiet,
    auth: { apiKey: { header: 'x-api-key' } },
    plans: { p: { limit: 'unlimited', scopes: ['me:read'] } },
    consumers: [{ id: 'acme', plan: 'p', apiKeys: [{ id: 'k', sha256: hash('sha256', KEY, 'hex') }] }],
    upstreams: { slow: { url: `http://127.0.0.1:${port}` } },
    routes: [{ match: { path: '/api/*' }, to: { upstream: 'slow' }, auth: ['apiKey'] }],
    bffs: [
      {
        package: PACKAGE,
        mount: '/web',
        process: { config: 'web.yaml', heartbeat: '200ms', silence: '2s', backoff: '100ms' },
      },
      // The same code, inside: the first one's troubles are none of its own.
      { package: './inside.mjs', mount: '/inside' },
    ],
  });
});

after(async () => {
  await gateway?.stop();
  slow.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly pid: number | undefined;
}

async function ask(path: string, body?: object): Promise<Answer> {
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
  const reply = await fetch(`${gateway.url}${path}`, init);
  const text = await reply.text();
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  return { status: reply.status, pid: pid === undefined ? undefined : Number(pid) };
}

/** What lies between two requests of a load, so that it leaves the machine to who starts. */
const PAUSE_MS = 10;

/** Asks one after the other, until it is told to stop. */
function load(path: string, body?: object): { stop(): Promise<Answer[]> } {
  const answers: Answer[] = [];
  let goesOn = true;
  const done = (async () => {
    while (goesOn) {
      answers.push(await ask(path, body));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    stop: async () => {
      goesOn = false;
      await done;
      return answers;
    },
  };
}

/** The process that serves, once it is another than that one. */
async function successorOf(pid: number | undefined): Promise<number> {
  const until = performance.now() + BACK_WITHIN_MS;
  for (;;) {
    const answer = await ask('/web/me');
    if (answer.status === 200 && answer.pid !== undefined && answer.pid !== pid) return answer.pid;
    assert.ok(performance.now() < until, `no other process serves; ${gateway.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const statuses = (answers: readonly Answer[]): number[] =>
  [...new Set(answers.map(({ status }) => status))].sort();

test('another process takes its place under load, and no request fails', async () => {
  const pid = await successorOf(undefined);
  const query = { query: '{ me { pid } }' };
  const loads = [load('/web/me'), load('/web/graphql', query)];
  const reload = await fetch(`${gateway.adminUrl}/admin/bffs/web/reload`, { method: 'POST' });
  assert.equal(reload.status, 200);
  await successorOf(pid);
  const answers = (await Promise.all(loads.map((one) => one.stop()))).flat();
  assert.deepEqual(statuses(answers), [200]);
  assert.equal(new Set(answers.map((one) => one.pid)).size, 2, 'both have answered');
});

test('kill -9 under load: its own mount alone is refused, until another serves', async () => {
  const pid = await successorOf(undefined);
  const [web, api, inside] = [load('/web/me'), load('/api/a'), load('/inside/me')];
  process.kill(pid, 'SIGKILL');
  await successorOf(pid);
  const own = await web.stop();
  const others = [...(await api.stop()), ...(await inside.stop())];
  assert.deepEqual(statuses(others), [200]);
  assert.ok(
    statuses(own).every((status) => [200, 502, 503].includes(status)),
    String(statuses(own)),
  );
  assert.equal(own.at(-1)?.status, 200);
});

test('an endless loop stops its own process alone, which is found hanging and killed', async () => {
  await successorOf(undefined);
  let looping = true;
  const loop = ask('/web/loop').then((answer) => {
    looping = false;
    return answer;
  });
  const beside: Answer[] = [];
  for (let i = 0; i < 5; i += 1) {
    beside.push(await ask('/api/a'), await ask('/inside/me'));
  }
  assert.deepEqual([statuses(beside), looping], [[200], true], 'others are answered while it loops');
  assert.ok([502, 503].includes((await loop).status));
  // That another takes its place was shown above: what is killed is killed.
  assert.match(await gateway.metrics(), /frontdesk_process_hangs_total\{process="web"\} 1/);
});
