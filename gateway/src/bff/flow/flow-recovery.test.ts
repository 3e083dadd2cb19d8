import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { plannedFlow, settle, TestProcess, World } from './flow.fixture.ts';

const plan = { name: 'a', kind: 'effect', repeatable: false, manner: 'works', undoFails: 0 } as const;

test('what a dead process began is undone as the same caller, under the same request id', async () => {
  const world = new World({ flow: plannedFlow([[plan], [{ ...plan, name: 'b' }]]) });
  const dead = new TestProcess('dead', world, { stopAt: 7 });
  dead.ask('k', { identity: makeIdentity({ subject: 'rider', roles: ['gold'] }) }).catch(() => {});
  await settle();
  assert.equal(world.books.there.size, 1);
  const next = new TestProcess('next', world);
  assert.equal(await next.engine.recover(10), 0);
  world.clock.advance(15_000);
  assert.equal(await next.engine.recover(10), 1);
  await settle(10);
  assert.equal(world.books.there.size, 0);
  const [context] = next.contexts;
  assert.deepEqual(
    [context?.id, context?.identity?.subject, context?.identity?.roles],
    ['r1', 'rider', ['gold']],
  );
  assert.deepEqual([context?.client, context?.trace.traceId], [undefined, '0'.repeat(32)]);
});
