import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryFlowJournals } from '../bff/flow/flow-journal-memory.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { TestProcess } from './process.ts';
import { ride } from './ride.fixture.ts';

it('does nothing any more once it is dead, and its journal is told nothing', async () => {
  const journal = new MemoryFlowJournals({ clock: new ManualClock() }).of('test');
  const clients = () => ({ rest: {}, grpc: {}, graph: async () => undefined });
  const process = new TestProcess(ride, clients, journal, { before: 'payment' });
  await process.journal.open('r', 't', '{}', 1000);
  let ran = false;
  const step = process.flow.stages[0]?.payment;
  assert.equal(step, process.flow.steps.payment);
  const identity = { subject: '1', consumer: undefined, tenant: undefined, plan: undefined };
  const rest = {
    get payments() {
      ran = true;
      return undefined;
    },
  };
  void step?.run({
    rest,
    grpc: {},
    graph: async () => undefined,
    use: () => undefined,
    identity: { ...identity, scopes: new Set(), roles: [], scheme: 'x', claims: {}, expiresAt: 1 },
    input: { amount: 5 },
    key: 'k',
  });
  await process.died;
  void process.journal.drop('r', 't');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([process.isDead, ran], [true, false]);
  assert.equal((await journal.read('r'))?.state, 'open');
});
