import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { answer, cacheOver } from './cache.fixture.ts';

test('a write that fails on the way makes nothing invalid', async () => {
  const { ask } = cacheOver({}, ({ method }) => {
    if (method === 'GET') return answer({ 'cache-control': 'max-age=60' });
    throw new Error('reset');
  });
  await ask('/a');
  await assert.rejects(ask('/a', { method: 'POST', body: new WholeBody('x') }));
  assert.equal((await ask('/a')).did, 'hit');
});

test('the reply to a POST is kept only where it says that it is the resource, and for how long', async () => {
  for (const headers of [
    { 'cache-control': 'max-age=60' },
    { 'cache-control': 'max-age=60', 'content-location': '/b' },
    { etag: '"a"', 'content-location': '/a' },
  ]) {
    const { ask, calls } = cacheOver({}, () => answer(headers));
    await ask('/a', { method: 'POST', body: new WholeBody('x') });
    await ask('/a');
    assert.equal(calls.length, 2, JSON.stringify(headers));
  }
});
