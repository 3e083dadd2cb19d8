import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { openShop } from './flow-face.fixture.ts';
import { read } from './mount.fixture.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
before(async () => {
  shop = await openShop();
});
after(() => shop.dispose());
const key = (name: string) => ({ 'idempotency-key': `"${name}"` });

describe('the REST face of a flow', () => {
  it('takes a POST, and has time to be undone', () => {
    const { methods, deadlineMs, scopes } = shop.route('/m/orders');
    assert.deepEqual(
      { methods, deadlineMs, scopes },
      { methods: ['POST'], deadlineMs: 5000, scopes: ['orders:write'] },
    );
  });

  it('answers as the schema shows it, names what is missing, and answers again without doing it again', async () => {
    const first = await read(await shop.rest({ item: 'pen', amount: 1 }, key('a')));
    assert.equal(first.status, 201);
    assert.deepEqual(first.json, { reservation: 'res', charge: 'cha' });
    assert.equal(first.headers.get('frontdesk-incomplete'), 'note');
    assert.equal(first.headers.has('idempotent-replayed'), false);
    const calls = shop.calls();
    const again = await read(await shop.rest({ amount: 1, item: 'pen' }, { 'idempotency-key': 'a' }));
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(shop.calls(), calls);
  });

  it("tells a refusal in the step's own words, and that it was undone", async () => {
    const before = shop.reserved.size;
    const refused = async (replayed: boolean) =>
      assert.rejects(shop.rest({ item: 'car', amount: 1000 }, key('b')), (error) => {
        assert.ok(error instanceof FrontdeskError);
        assert.deepEqual(
          [error.code, error.status, error.message],
          ['flow_refused', 402, 'The card was declined'],
        );
        const told = {
          flow: 'order',
          failedStep: 'charge',
          done: [],
          undone: ['reservation', 'charge'],
          notUndone: [],
        };
        assert.deepEqual(error.members, { decline: 'limit', ...told });
        assert.deepEqual(error.headers, replayed ? [['idempotent-replayed', 'true']] : []);
        return true;
      });
    await refused(false);
    await refused(true);
    assert.equal(shop.reserved.size, before);
  });

  it('does nothing without a key, with one of another request, or for what is not as it must be', async () => {
    const calls = shop.calls();
    const pen = { item: 'pen', amount: 1 };
    await assert.rejects(shop.rest(pen), { code: 'idempotency_key_missing' });
    await assert.rejects(shop.rest({ item: 'ink', amount: 1 }, key('a')), { code: 'idempotency_key_reused' });
    await assert.rejects(shop.rest({ item: 'pen' }, key('c')), { code: 'invalid_request' });
    await assert.rejects(shop.rest('{', key('c')), { code: 'bad_request' });
    await assert.rejects(shop.rest('[]', key('c')), { code: 'bad_request' });
    await assert.rejects(shop.rest(pen, { ...key('c'), 'content-type': 'text/plain' }), {
      code: 'unsupported_media_type',
    });
    await assert.rejects(shop.rest(pen, key('c'), []), { code: 'insufficient_scope' });
    assert.equal(shop.calls(), calls);
  });
});
