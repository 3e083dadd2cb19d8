import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ScriptStore } from '../../state/store.ts';
import { skipWithoutServer, startStore, type TestStore } from '../../state/testing/redis-server.ts';
import { contract, LONG_MS } from './flow-journal.fixture.ts';
import { RedisFlowJournals } from './flow-journal-redis.ts';

describe('a journal in Redis', { skip: skipWithoutServer }, () => {
  let redis: TestStore;
  before(async () => {
    redis = await startStore();
  });
  after(() => redis.stop());
  contract(() => new RedisFlowJournals(redis.store).of('m'));
});

describe('a Redis that refuses to write', () => {
  it('is as good as gone: nothing begins, and what is under way is tried again', async () => {
    const refusal = new Error("READONLY You can't write against a read only replica.");
    const store = { run: () => Promise.reject(refusal) } satisfies Pick<ScriptStore, 'run'>;
    // The journal calls nothing else of it.
    const journal = new RedisFlowJournals(Object.assign(Object.create(null), store)).of('m');
    for (const asked of [
      () => journal.open('x', 'a', 'one', LONG_MS),
      () => journal.write('x', 'a', 'one', LONG_MS),
      () => journal.take('a', LONG_MS, 1),
    ])
      await assert.rejects(asked, { code: 'upstream_unavailable', cause: refusal });
  });
});
