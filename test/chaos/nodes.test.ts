/**
 * Two nodes over one Redis, one of them with two workers: a limit, a purge and a rollback hold in all three processes, and the
 * rollback in the node that comes later. Nothing but the configuration's file is a node's own.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { type ServedGateway, serve } from './gateway.ts';

const skip = spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed';
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-nodes-'));
const folders = ['one', 'two', 'three'].map((name) => join(folder, name));
let redis: ChildProcess;
let redisPort = 0;
let version = 'before';
const backends: Server[] = [];
const nodes: ServedGateway[] = [];

function backend(port: number, answer: () => string): void {
  const fields = { 'cache-control': 'max-age=600', 'cache-tag': 'products' };
  const server = createServer((_, response) => response.writeHead(200, fields).end(answer()));
  backends.push(server.listen(port, '127.0.0.1'));
}

/** On a connection of its own: so it may come to any worker. */
async function ask(node: ServedGateway, path: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  get(`${node.url}${path}`, { agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  }).on('error', reject);
  return promise;
}

async function tell(node: ServedGateway, path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(node.adminUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whether each of so many requests, by ever new connections, is answered so. */
async function all(node: ServedGateway, path: string, text: string): Promise<boolean> {
  for (let i = 0; i < 8; i += 1) if ((await ask(node, path)).text !== text) return false;
  return true;
}

/** A node serves with its first worker: the others come a little later. */
async function hasWorkers(node: ServedGateway, count: number): Promise<boolean> {
  const text = await (await fetch(`${node.adminUrl}/admin/workers`)).text();
  return text.split('"state":"ready"').length - 1 === count;
}

let configuration: Record<string, unknown>;

before(async () => {
  if (skip) return;
  const [port = 0, shop = 0, v1 = 0, v2 = 0] = await freePorts(4);
  redisPort = port;
  const flags = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(redis.stdout);
  while (!String(await once(redis.stdout, 'data')).includes('Ready to accept'));
  backend(shop, () => version);
  backend(v1, () => 'v1');
  backend(v2, () => 'v2');
  const at = (where: number) => ({ url: `http://127.0.0.1:${where}` });
  configuration = {
    state: { redis: `redis://127.0.0.1:${redisPort}`, commandLimit: '1s' },
    upstreams: {
      shop: { ...at(shop), cache: {} },
      v1: at(v1),
      v2: at(v2),
      orders: { split: { sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight: 100 } } } },
    },
    routes: [
      { match: { path: '/products' }, to: { upstream: 'shop' }, auth: 'none' },
      { match: { path: '/orders' }, to: { upstream: 'orders' }, auth: 'none' },
      {
        match: { path: '/scarce' },
        to: { fixed: { body: 'in' } },
        auth: 'none',
        limit: { capacity: 20, refill: '1/h', mode: 'exact' },
      },
    ],
  };
  for (const one of folders) mkdirSync(one);
  const [one = '', two = ''] = folders;
  nodes.push(
    ...(await Promise.all([serve(one, { ...configuration, workers: 2 }), serve(two, configuration)])),
  );
});

after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  for (const server of backends) server.close();
  redis?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('a limit, a purge and a rollback hold in all processes of both nodes', {
  skip,
  timeout: 180_000,
}, async () => {
  const [one, two] = nodes;
  assert.ok(one && two);
  await until(() => hasWorkers(one, 2));

  const asked = Array.from({ length: 40 }, (_, i) => ask(i % 2 === 0 ? one : two, '/scarce'));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 20);
  assert.equal(statuses.filter((status) => status === 429).length, 20);

  for (const node of [one, two]) assert.ok(await all(node, '/products', 'before'));
  version = 'after';
  for (const node of [one, two]) assert.ok(await all(node, '/products', 'before'));
  const purged = await tell(two, '/admin/cache/purge', { tag: 'products' });
  assert.equal(purged.processes, 3);
  assert.ok(await all(two, '/products', 'after'));
  await until(() => all(one, '/products', 'after'));

  assert.ok(await all(two, '/orders', 'v2'));
  const decided = await tell(one, '/admin/splits/orders', { rollback: true });
  assert.equal(decided.shared, true);
  for (const node of [one, two]) await until(() => all(node, '/orders', 'v1'));

  // One that comes later knows it from its first call on.
  const later = await serve(folders[2] ?? '', configuration);
  nodes.push(later);
  assert.ok(await all(later, '/orders', 'v1'));
  for (const one of folders) assert.equal(readdirSync(one).length, 1, 'its configuration and nothing else');
});
