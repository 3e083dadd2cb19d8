import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { disposeAll, mounted, read } from './mount.fixture.ts';

after(disposeAll);

describe('the REST face', () => {
  it('answers with every part, shaped', async () => {
    const { rest } = await mounted();
    const { status, json, headers } = await read(await rest());
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: ['o1'], tips: ['tip'], late: 1 });
    assert.equal(headers.has('frontdesk-incomplete'), false);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  });

  it('names what is missing', async () => {
    const { rest } = await mounted(['tips', 'graph']);
    const { status, json, headers } = await read(await rest(['home:read']));
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: [], tips: null, late: null });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips, late');
  });

  it('fails with a required part, passing its Retry-After on', async () => {
    const { rest } = await mounted(['users']);
    await assert.rejects(rest(), { code: 'part_failed', retryAfterS: 30 });
  });

  it('refuses who lacks a scope', async () => {
    const { rest } = await mounted();
    await assert.rejects(rest([]), { code: 'insufficient_scope' });
  });
});
