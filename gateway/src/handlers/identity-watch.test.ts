import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { makeIdentity } from '../core/testing/exchange.ts';
import { IdentityWatch } from './identity-watch.ts';

test('an identity that is lost is told within a second, whether the answer is there or must be fetched', async () => {
  const lost: string[] = [];
  const gone = new Set<string>();
  const clock = new ManualClock();
  const watch = new IdentityWatch(clock, ({ subject }) =>
    subject.startsWith('slow') ? Promise.resolve(!gone.has(subject)) : !gone.has(subject),
  );
  const ends = ['a', 'b', 'slow'].map((subject) =>
    watch.add(makeIdentity({ subject }), () => void lost.push(subject)),
  );
  clock.advance(1_000);
  await Promise.resolve();
  assert.deepEqual(lost, []);
  gone.add('a').add('slow');
  clock.advance(1_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(lost, ['a', 'slow']);
  for (const end of ends) end();
  assert.equal(clock.pending, 0);
});

test('where nobody can tell, the identity is lost', async () => {
  const clock = new ManualClock();
  const watch = new IdentityWatch(clock, () => Promise.reject(new Error('the store is gone')));
  const { promise, resolve } = Promise.withResolvers<void>();
  watch.add(makeIdentity(), resolve);
  clock.advance(1_000);
  await promise;
});
