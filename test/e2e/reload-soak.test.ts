/**
 * A hundred supergraphs one after another under load: no request fails, no subscription ends, and afterwards the
 * process holds what it held before: heap, files, children. `FRONTDESK_SOAK_RELOADS` asks for more, or fewer.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ServedGateway, serve } from '../chaos/gateway.ts';
import { supergraphOf } from '../chaos/supergraph.ts';
import { metric } from '../e2e/client.ts';

const RELOADS = Number(process.env.FRONTDESK_SOAK_RELOADS ?? 100);
/** What grows to its final size (caches, compiled code) does so in these. */
const WARM_UP_RELOADS = 20;
const CLIENTS = 8;
const PAUSE_MS = 50;
/** Metrics are asked for at the pace at which supergraphs come: they cost the gateway more than the clients do. */
const POLL_MS = 100;
const MAX_HEAP_GROWTH = 1.05;
const SUBSCRIPTIONS = 3;
/** A reload may be looking at its source. */
const MORE_FILES = 2;

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-soak-'));
const agent = new Agent({ keepAlive: true });
const servers: Server[] = [];
const ticking = new Set<ServerResponse>();
let gateway: ServedGateway;
/** The version that the source of supergraphs gives; it moves on whenever it is asked, while it may. */
let version = 0;
let mayMove = false;

function listening(server: Server): Promise<string> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port }: Pick<AddressInfo, 'port'> = Object(server.address());
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

before(async () => {
  const items = await listening(
    createServer(async (incoming, response) => {
      const { query }: { query: string } = JSON.parse(await bodyOf(incoming));
      if (query.includes('subscription')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        ticking.add(response);
        response.once('close', () => ticking.delete(response));
        return;
      }
      const list = Array.from({ length: 20 }, (_, i) => ({ __typename: 'Item', id: `${i}`, name: `n${i}` }));
      const key = /(\w+) ?: ?items/.exec(query)?.[1] ?? 'items';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { [key]: list } }));
    }),
  );
  const extras = await listening(
    createServer(async (incoming, response) => {
      const { variables }: { variables?: Record<string, { id: string }[]> } = JSON.parse(
        await bodyOf(incoming),
      );
      const [representations = []] = Object.values(variables ?? {});
      const entities = representations.map(({ id }) => ({ __typename: 'Item', extra: `e${id}` }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { _entities: entities } }));
    }),
  );
  const source = await listening(
    createServer((incoming, response) => {
      if (mayMove) version += 1;
      const tag = `"${version}"`;
      if (incoming.headers['if-none-match'] === tag) response.writeHead(304).end();
      else response.writeHead(200, { etag: tag }).end(supergraphOf({ items, extras }, version));
    }),
  );
  gateway = await serve(folder, {
    graph: {
      supergraph: { url: `${source}/supergraph`, poll: '100ms' },
      planBudget: '10s',
      subscriptions: { subgraphs: { items: { protocol: 'sse' } } },
    },
    telemetry: { accessLog: { enabled: false }, level: 'warn' },
  });
});

after(async () => {
  await gateway?.stop();
  agent.destroy();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

interface Answered {
  readonly status: number;
  readonly text: string;
}

function post(query: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${gateway.url}/graphql`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (reply) => {
        bodyOf(reply).then((text) => resolve({ status: reply.statusCode ?? 0, text }), reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ query }));
  });
}

const EXPECTED = JSON.stringify(
  Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, name: `n${i}`, extra: `e${i}` })),
);

/** Asks until it is told to stop; gives what was wrong. */
async function load(client: number, stopped: () => boolean): Promise<{ asked: number; wrong: string[] }> {
  const wrong: string[] = [];
  let asked = 0;
  for (; !stopped(); asked += 1) {
    const alias = `a${(client + asked) % 10}`;
    try {
      const { status, text } = await post(`{ ${alias}: items(count: 20) { id name extra } }`);
      if (status !== 200 || text !== `{"data":{"${alias}":${EXPECTED}}}`) {
        wrong.push(`${status} ${text.slice(0, 200)}`);
      }
    } catch (error) {
      wrong.push(String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { asked, wrong };
}

/** A subscription over SSE: what came, and whether it ended. */
function subscribe(): Promise<{ text(): string; ended(): boolean; close(): void }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const outgoing = request(`${gateway.url}/graphql`, { method: 'POST', agent: false, headers }, (reply) => {
      let text = '';
      let ended = false;
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('error', () => {});
      reply.on('close', () => {
        ended = true;
      });
      if (reply.statusCode !== 200) reject(new Error(`a subscription was answered ${reply.statusCode}`));
      resolve({ text: () => text, ended: () => ended, close: () => outgoing.destroy() });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ query: 'subscription { tick }' }));
  });
}

/** Within this each supergraph is taken over. */
const ONE_WITHIN_MS = 30_000;

async function until(
  what: string,
  is: () => boolean | Promise<boolean>,
  patienceMs = 100_000,
): Promise<void> {
  const late = performance.now() + patienceMs;
  while (!(await is())) {
    if (performance.now() > late) throw new Error(`in vain: ${what}\n${gateway.output().slice(-3_000)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const applied = async () =>
  metric(await gateway.metrics(), 'frontdesk_supergraph_reloads_total', 'outcome="applied"');

/** So many supergraphs more; then none until the next call. */
async function reload(count: number): Promise<void> {
  const goal = (await applied()) + count;
  mayMove = true;
  // One by one: how fast they come is the machine's affair, that they come is ours.
  for (let next = goal - count + 1; next <= goal; next += 1)
    await until(`supergraph ${next} of ${goal}`, async () => (await applied()) >= next, ONE_WITHIN_MS);
  mayMove = false;
  // The last one that was given out may still be built.
  await until('the last supergraph', async () => {
    const { text } = await post(`{ version${version} }`);
    return !text.includes('Cannot query field');
  });
}

interface Holdings {
  readonly heap: number;
  readonly files: number;
  readonly children: number;
}

async function holdings(): Promise<Holdings> {
  agent.destroy();
  await until('one generation', async () => metric(await gateway.metrics(), 'frontdesk_generations') === 1);
  await until('one planner', () => gateway.children().length === 1);
  return {
    heap: await gateway.heapBytes(),
    files: gateway.openFiles(),
    children: gateway.children().length,
  };
}

async function underLoad(work: () => Promise<void>): Promise<{ asked: number; wrong: string[] }> {
  let stopped = false;
  const clients = Array.from({ length: CLIENTS }, (_, client) => load(client, () => stopped));
  try {
    await work();
  } finally {
    stopped = true;
  }
  const done = await Promise.all(clients);
  return {
    asked: done.reduce((sum, { asked }) => sum + asked, 0),
    wrong: done.flatMap(({ wrong }) => wrong),
  };
}

test(`${RELOADS} supergraphs under load leave no trace but the last`, async (context) => {
  await underLoad(() => reload(WARM_UP_RELOADS));
  const first = await holdings();
  const subscriptions = await Promise.all(Array.from({ length: SUBSCRIPTIONS }, subscribe));
  const { asked, wrong } = await underLoad(() => reload(RELOADS));
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.ok(asked > RELOADS, `${asked} requests`);
  for (const response of ticking) response.write('event: next\ndata: {"data":{"tick":7}}\n\n');
  await until('a tick for everyone', () => subscriptions.every(({ text }) => text().includes('"tick":7')));
  assert.deepEqual(
    subscriptions.map(({ ended }) => ended()),
    subscriptions.map(() => false),
  );
  // Their generation is kept, and no other.
  const kept = metric(await gateway.metrics(), 'frontdesk_generations');
  assert.equal(kept, 2);
  for (const subscription of subscriptions) subscription.close();
  // What its clients let go of, a busy machine closes later; what leaks is never closed.
  await until('the files are closed', () => gateway.openFiles() <= first.files + MORE_FILES);
  const last = await holdings();
  const growth = last.heap / first.heap;
  context.diagnostic(
    `${asked} requests; heap ${(first.heap / 1e6).toFixed(1)} → ${(last.heap / 1e6).toFixed(1)} MB (${((growth - 1) * 100).toFixed(1)} %); files ${first.files} → ${last.files}; RSS ${(gateway.rssBytes() / 1e6).toFixed(0)} MB`,
  );
  assert.ok(growth < MAX_HEAP_GROWTH, `the heap grew by ${((growth - 1) * 100).toFixed(1)} %`);
  assert.ok(last.files <= first.files + MORE_FILES, `${first.files} files, then ${last.files}`);
  assert.equal(last.children, 1);
  assert.equal(metric(await gateway.metrics(), 'frontdesk_supergraph_reloads_total', 'outcome="refused"'), 0);
});
