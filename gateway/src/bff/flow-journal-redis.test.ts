import { after, before, describe } from 'node:test';
import { skipWithoutServer, startStore, type TestStore } from '../state/testing/redis-server.ts';
import { contract } from './flow-journal.fixture.ts';
import { RedisFlowJournals } from './flow-journal-redis.ts';

describe('a journal in Redis', { skip: skipWithoutServer }, () => {
  let redis: TestStore;
  before(async () => {
    redis = await startStore();
  });
  after(() => redis.stop());
  contract(() => new RedisFlowJournals(redis.store).of('m'));
});
