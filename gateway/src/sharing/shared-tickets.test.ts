import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { listenConfig } from '../listener/listen-config.ts';
import { MemoryStore } from '../state/memory.ts';
import { pairOfWorkers } from '../state/testing/worker-pair.ts';
import { serveTickets, withSharedTickets } from './shared-tickets.ts';

const tls = { cert: '/c.pem', key: '/k.pem' };

test('workers of a node have one secret for session tickets; one that is configured stays', async () => {
  const { clock, server, stores } = pairOfWorkers(2);
  serveTickets(server);
  const secretOf = async (store: (typeof stores)[number], listen: object) =>
    (await withSharedTickets(listenConfig.parse(listen), { store, clock })).tls?.tickets.secret;
  const [a, b] = stores;
  assert.ok(a && b);
  const secret = await secretOf(a, { tls });
  assert.ok(secret && secret.length >= 32);
  assert.equal(await secretOf(b, { tls }), secret);
  const own = 'a secret that all the nodes have';
  assert.equal(await secretOf(b, { tls: { ...tls, tickets: { secret: own } } }), own);
  assert.equal(await secretOf(b, {}), undefined);
  const other = pairOfWorkers(1);
  serveTickets(other.server);
  assert.notEqual(await secretOf(other.stores[0] ?? a, { tls }), secret);
});

test('a process of its own makes up its own', async () => {
  const clock = new ManualClock();
  const listen = listenConfig.parse({ tls });
  assert.equal(await withSharedTickets(listen, { store: new MemoryStore({ clock }), clock }), listen);
});
