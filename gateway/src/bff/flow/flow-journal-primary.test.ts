import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { PrimaryServer } from '../../state/primary-server.ts';
import { PrimaryStore } from '../../state/primary-store.ts';
import { pairOfWorkers } from '../../state/testing/worker-pair.ts';
import { contract } from './flow-journal.fixture.ts';
import { FileFlowJournals } from './flow-journal-file.ts';
import { PrimaryFlowJournals, serveFlows } from './flow-journal-primary.ts';

describe('a journal at the primary process', () => {
  const toPrimary = new EventEmitter();
  const toWorker = new EventEmitter();
  const pass = (to: EventEmitter) => (message: object) => {
    setImmediate(() => to.emit('message', structuredClone(message)));
    return true;
  };
  const server = new PrimaryServer({ clock: systemClock, logger: noLogger });
  serveFlows(server, { clock: systemClock });
  server.adopt(Object.assign(toPrimary, { connected: true, send: pass(toWorker) }));
  const end = Object.assign(toWorker, { connected: true, send: pass(toPrimary) });
  const journal = new PrimaryFlowJournals(new PrimaryStore({ clock: systemClock, end })).of('m');
  contract(() => journal);
});

test('a file at the primary: workers have its runs in common, and another primary finds them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-flows-primary-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'flows');
  const startNode = (workers: number) => {
    const { clock, server, stores } = pairOfWorkers(workers);
    const close = serveFlows(server, {
      clock,
      open: () => FileFlowJournals.open({ file, clock, logger: noLogger }),
    });
    return { stores, close, clock };
  };
  const node = startNode(2);
  const [one, other] = await Promise.all(node.stores.map((store) => PrimaryFlowJournals.open(store)));
  assert.ok(one && other);
  assert.equal(one.outlives, 'node');
  assert.equal(await one.of('m').open('r1', 'a', 'begun', 1000), undefined);
  assert.deepEqual(await other.of('m').open('r1', 'b', 'begun', 1000), { state: 'open', document: 'begun' });
  assert.deepEqual(await other.of('m').take('b', 1000, 9), []);
  node.clock.advance(1001);
  assert.deepEqual(await other.of('m').take('b', 1000, 9), [{ id: 'r1', document: 'begun' }]);
  assert.equal(await one.of('m').write('r1', 'a', 'late', 1000), 'lost');
  assert.equal(await other.of('m').settle('r1', 'b', 'done', 60_000), 'held');
  await node.close();
  const after = startNode(1);
  const [next] = await Promise.all(after.stores.map((store) => PrimaryFlowJournals.open(store)));
  assert.deepEqual(await next?.of('m').read('r1'), { state: 'settled', document: 'done' });
  await after.close();
});

test('a file that cannot be had is told to the worker, and tried again', async () => {
  const { clock, server, stores } = pairOfWorkers(1);
  let tries = 0;
  serveFlows(server, {
    clock,
    open: () => {
      tries += 1;
      return Promise.reject(new Error('the disk is full'));
    },
  });
  const [store] = stores;
  assert.ok(store);
  await assert.rejects(PrimaryFlowJournals.open(store), { detail: /the disk is full/ });
  await assert.rejects(PrimaryFlowJournals.open(store));
  assert.equal(tries, 2);
});
