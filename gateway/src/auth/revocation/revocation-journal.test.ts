import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  redisCommand,
  skipWithoutServer,
  startStore,
  type TestStore,
} from '../../state/testing/redis-server.ts';
import { RevocationJournal } from './revocation-journal.ts';
import type { Revocation } from './revocation-marks.ts';

describe('RevocationJournal', { skip: skipWithoutServer }, () => {
  let redis: TestStore;
  let journal: RevocationJournal;
  before(async () => {
    redis = await startStore();
    journal = new RevocationJournal(redis.store);
  });
  beforeEach(() => redisCommand(redis.redis.port, 'FLUSHALL'));
  after(() => redis.stop());

  const soon = () => Date.now() + 60_000;
  const one = (id: string, more: Partial<Revocation> = {}): Revocation => ({
    kind: 'jti',
    id,
    until: soon(),
    before: undefined,
    ...more,
  });

  test('what is written is found by its name and in the order of writing', async () => {
    const all = [one('a:b'), one('ada', { kind: 'subject', before: 5 }), one('c', { kind: 'client' })];
    for (const revocation of all) await journal.write(revocation);
    const { revocations, isLast } = await journal.since(0);
    assert.deepEqual(revocations.toSorted(byId), all.toSorted(byId));
    assert.equal(isLast, true);
    const [first, second, third] = await journal.lookUp([
      ['subject', 'ada'],
      ['jti', 'ada'],
      ['jti', 'a:b'],
    ]);
    assert.deepEqual([first?.before, second, third?.before], [5, undefined, undefined]);
  });

  test('pages begin where the last one ended, though all were written at once', async () => {
    const ids = Array.from({ length: 2500 }, (_, i) => `j${i}`);
    await Promise.all(ids.map((id) => journal.write(one(id))));
    const seen = new Set<string>();
    let since = 0;
    for (let pages = 0; ; pages += 1) {
      assert.ok(pages < 10);
      const page = await journal.since(since);
      for (const { id } of page.revocations) seen.add(id);
      since = page.next;
      if (page.isLast) break;
    }
    assert.equal(seen.size, ids.length);
  });

  test('said again it stays as long as the longest, and means the most', async () => {
    const until = soon();
    await journal.write(one('ada', { kind: 'subject', until, before: 9 }));
    await journal.write(one('ada', { kind: 'subject', until: until - 5, before: 7 }));
    assert.deepEqual(await journal.lookUp([['subject', 'ada']]), [{ until, before: 9 }]);
    await journal.write(one('ada', { kind: 'subject', until: until - 5 }));
    await journal.write(one('ada', { kind: 'subject', until: until + 5, before: 10 }));
    assert.deepEqual(await journal.lookUp([['subject', 'ada']]), [{ until: until + 5, before: undefined }]);
  });

  test('what is over goes as others come, and all of it ends with its last', async () => {
    await journal.write(one('old', { until: Date.now() - 1, before: 3 }));
    await journal.write(one('new'));
    assert.match(await redisCommand(redis.redis.port, 'ZCARD {revocations}:written'), /^:1/);
    for (const key of ['until', 'written'])
      assert.match(await redisCommand(redis.redis.port, `PTTL {revocations}:${key}`), /^:5\d{4}|^:60000/);
    assert.match(await redisCommand(redis.redis.port, 'EXISTS {revocations}:before'), /^:0/);
  });
});

function byId(a: Revocation, b: Revocation): number {
  return a.id < b.id ? -1 : 1;
}
