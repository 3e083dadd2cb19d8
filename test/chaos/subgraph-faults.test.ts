/**
 * A subgraph that hangs, dies, lies or floods costs its own fields and nothing else: within the deadline, with bounded
 * memory, while everyone else is answered. Real processes, real sockets.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, at, query } from '../e2e/client.ts';
import { type ServedGateway, serve } from './gateway.ts';
import { LARGE_BYTES, type Mode } from './misbehaving-subgraph.ts';
import { supergraphOf } from './supergraph.ts';

const DEADLINE_MS = 2_000;
/** What a deadline may be missed by on a machine that does much else. It tells a late answer from none. */
const SLACK_MS = 5_000;
/** Four replies of 500 MB at once would be 2 GB; the young generation alone may grow to 192 MB. */
const MAX_GROWTH_BYTES = 400 * 1024 * 1024;
const SAMPLE_MS = 20;

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-chaos-'));
let gateway: ServedGateway;
let items: Server;
let extras: ChildProcess;
let extrasUrl = '';

async function startExtras(): Promise<string> {
  extras = spawn(process.execPath, [join(import.meta.dirname, 'misbehaving-subgraph.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  assert.ok(extras.stdout);
  const [port]: unknown[] = await once(extras.stdout, 'data');
  return `http://127.0.0.1:${String(port).trim()}`;
}

before(async () => {
  items = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const count = Number(/count ?: ?(\d+)/.exec(text)?.[1] ?? 3);
    const list = Array.from({ length: count }, (_, i) => ({ __typename: 'Item', id: `${i}`, name: `n${i}` }));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { items: list } }));
  });
  await new Promise<void>((resolve) => items.listen(0, '127.0.0.1', resolve));
  const address = items.address();
  const itemsUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  extrasUrl = await startExtras();
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraphOf({ items: itemsUrl, extras: extrasUrl }, 1));
  gateway = await serve(folder, {
    graph: { supergraph: { file }, deadline: `${DEADLINE_MS}ms`, planBudget: '10s' },
    // Breakers have tests of their own; here every call is to be made.
    upstreams: { extras: { subgraph: 'extras', url: extrasUrl, breaker: { enabled: false } } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
  });
  // Plans are made before anything is timed.
  await asksItems();
  await query(`${gateway.url}/graphql`, '{ news }');
  await query(`${gateway.url}/graphql`, '{ items(count: 10000) { id name extra } }');
});

after(async () => {
  await gateway?.stop();
  extras?.kill('SIGKILL');
  items?.closeAllConnections();
  items?.close();
  rmSync(folder, { recursive: true });
});

async function setMode(mode: Mode): Promise<void> {
  const reply = await fetch(`${extrasUrl}/mode`, {
    method: 'POST',
    body: mode,
    headers: { connection: 'close' },
  });
  await reply.text();
}

const asksItems = () => query(`${gateway.url}/graphql`, '{ items(count: 3) { id name extra } }');

/** Names and the rest of three items: of the subgraph that is ill, nothing. */
async function onlyExtrasSuffer(): Promise<void> {
  const { status, json, elapsedMs, text } = await asksItems();
  assert.equal(status, 200);
  const expected = [0, 1, 2].map((i) => ({ id: `${i}`, name: `n${i}`, extra: null }));
  assert.deepEqual(at(json, 'data', 'items'), expected, text.slice(0, 500));
  assert.ok(Array.isArray(at(json, 'errors')), 'an error is told');
  assert.ok(elapsedMs < DEADLINE_MS + SLACK_MS, `answered after ${elapsedMs} ms`);
}

/** Runs `work` while it looks at the gateway: its memory, and how long it takes to answer something trivial. */
async function watched<T>(
  work: () => Promise<T>,
): Promise<{ result: T; grownBytes: number; slowestMs: number }> {
  const before = gateway.rssBytes();
  let peak = before;
  let slowestMs = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      const { elapsedMs } = await ask(`${gateway.url}/healthz`);
      slowestMs = Math.max(slowestMs, elapsedMs);
      peak = Math.max(peak, gateway.rssBytes());
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  try {
    return { result: await work(), grownBytes: peak - before, slowestMs };
  } finally {
    done = true;
    await watching;
  }
}

const told = (grownBytes: number, slowestMs: number) =>
  `RSS + ${(grownBytes / 1e6).toFixed(0)} MB at most; /healthz in ${slowestMs.toFixed(0)} ms at most`;

for (const mode of ['hang', 'html', 'truncated', 'not-json', 'wrong-type', 'too-few', 'headers'] as const) {
  test(`a subgraph that answers so costs its own fields: ${mode}`, async () => {
    await setMode(mode);
    await onlyExtrasSuffer();
    await setMode('well');
    assert.equal(at((await asksItems()).json, 'data', 'items', 2, 'extra'), 'e2');
  });
}

for (const mode of ['flood', 'dribble', 'bomb'] as const) {
  test(`a reply without end costs its own fields, and bounded memory: ${mode}`, async (context) => {
    await setMode(mode);
    const { grownBytes, slowestMs } = await watched(() =>
      Promise.all(Array.from({ length: 4 }, onlyExtrasSuffer)),
    );
    context.diagnostic(told(grownBytes, slowestMs));
    assert.ok(grownBytes < MAX_GROWTH_BYTES, told(grownBytes, slowestMs));
    await setMode('well');
    assert.equal(at((await asksItems()).json, 'data', 'items', 2, 'extra'), 'e2');
  });
}

test('10,000 entities of a list are joined', async (context) => {
  await setMode('well');
  const { result, grownBytes, slowestMs } = await watched(() =>
    query(`${gateway.url}/graphql`, '{ items(count: 10000) { id name extra } }'),
  );
  assert.deepEqual(at(result.json, 'data', 'items', 9_999), { id: '9999', name: 'n9999', extra: 'e9999' });
  assert.equal(at(result.json, 'errors'), undefined);
  context.diagnostic(`${result.elapsedMs.toFixed(0)} ms; ${told(grownBytes, slowestMs)}`);
  assert.ok(grownBytes < MAX_GROWTH_BYTES, told(grownBytes, slowestMs));
});

test('a reply of 8 MiB arrives whole', async (context) => {
  await setMode('large');
  const { result, grownBytes, slowestMs } = await watched(() => query(`${gateway.url}/graphql`, '{ news }'));
  const news = at(result.json, 'data', 'news');
  assert.equal(typeof news === 'string' && news.length, LARGE_BYTES);
  context.diagnostic(`${result.elapsedMs.toFixed(0)} ms; ${told(grownBytes, slowestMs)}`);
  assert.ok(grownBytes < MAX_GROWTH_BYTES, told(grownBytes, slowestMs));
});

test('a subgraph that is killed under a request costs its own fields, then and after', async () => {
  await setMode('hang');
  const underWay = onlyExtrasSuffer();
  await new Promise((resolve) => setTimeout(resolve, 200));
  extras.kill('SIGKILL');
  await underWay;
  await onlyExtrasSuffer();
  assert.equal((await ask(`${gateway.url}/readyz`)).status, 200);
});
