import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../../core/body.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { type AdminBffs, answerBffs } from './admin-bffs.ts';

const bffs: AdminBffs = {
  view: () => [{ name: 'web' }],
  reload: async (name) => {
    if (name === 'broken') throw new Error('it ended before it was ready: exit code 1');
    return name === 'web' ? { name } : undefined;
  },
};

async function ask(method: string, target: string): Promise<string> {
  const { status, body } = await answerBffs(bffs, makeExchange({ method, target }).exchange);
  return `${status} ${Buffer.from(await collect(body, 1_000, () => new Error('large'))).toString()}`;
}

test('operators see the BFFs, and replace the process of one', async () => {
  assert.equal(await ask('GET', '/admin/bffs'), '200 [{"name":"web"}]');
  assert.equal(await ask('POST', '/admin/bffs/web/reload'), '200 {"name":"web"}');
});

test('what cannot be replaced says so, and a new process that does not serve leaves the old one', async () => {
  await assert.rejects(ask('POST', '/admin/bffs/mobile/reload'), { code: 'not_found' });
  await assert.rejects(ask('POST', '/admin/bffs/web'), { code: 'not_found' });
  await assert.rejects(ask('GET', '/admin/bffs/web/reload'), { code: 'method_not_allowed' });
  await assert.rejects(ask('POST', '/admin/bffs/broken/reload'), {
    code: 'upstream_unavailable',
    members: { reasons: ['the old process goes on: it ended before it was ready: exit code 1'] },
  });
});
