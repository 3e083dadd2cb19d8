import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defineBff } from '../../bff/definition.ts';
import { openShop, schema, shopBff } from './flow-face.fixture.ts';
import { bindSchema } from './schema.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
before(async () => {
  shop = await openShop();
});
after(() => shop.dispose());
const key = (name: string) => ({ 'idempotency-key': name });

describe('a flow as a mutation', () => {
  it('is the same run as by REST, by the field of the request or by an argument', async () => {
    const first = await shop.graphql('mutation { order(item: "pen" amount: 1) { charge } }', key('a'));
    assert.deepEqual(first.json.data, { order: { charge: 'cha' } });
    assert.deepEqual(first.json.extensions, { incomplete: ['order.note'] });
    const calls = shop.calls();
    const again = await shop.graphql(
      'mutation { order(item: "pen" amount: 1 idempotencyKey: "a") { reservation } }',
    );
    assert.deepEqual(again.json.data, { order: { reservation: 'res' } });
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(
      (await shop.rest({ item: 'pen', amount: 1 }, key('a'))).headers.get('idempotent-replayed'),
      'true',
    );
    assert.equal(shop.calls(), calls);
  });

  it('under two aliases is two runs', async () => {
    const { charged } = shop;
    const before = charged.size;
    const twice =
      'mutation { one: order(item: "pen" amount: 1) { charge } two: order(item: "ink" amount: 2) { charge } }';
    assert.deepEqual((await shop.graphql(twice, key('two'))).json.errors, undefined);
    assert.equal(charged.size, before + 2);
    await shop.graphql(twice, key('two'));
    assert.equal(charged.size, before + 2);
  });

  it('fails with its names', async () => {
    const { json } = await shop.graphql('mutation { order(item: "car" amount: 1000) { charge } }', key('b'));
    assert.deepEqual(json.data, { order: null });
    const [{ message, extensions }] = json.errors;
    assert.equal(message, 'The card was declined');
    assert.equal(extensions.code, 'FLOW_REFUSED');
    assert.deepEqual(extensions.undone, ['reservation', 'charge']);
    const [without] = (await shop.graphql('mutation { order(item: "pen" amount: 1) { charge } }')).json
      .errors;
    assert.equal(without.extensions.code, 'IDEMPOTENCY_KEY_MISSING');
  });

  it('must fit the schema', async () => {
    const faultsOf = async (text: string) =>
      bindSchema(defineBff({ ...shopBff, backends: { backends: shopBff.backends }, schema: text })).then(
        () => '',
        String,
      );
    assert.match(await faultsOf(schema.replace('): Order }', '): Order! }')), /order: .*must be nullable/);
    assert.match(
      await faultsOf(schema.replace('idempotencyKey: String', 'idempotencyKey: Int')),
      /a String or an ID/,
    );
    assert.match(
      await faultsOf(schema.replace(/type Mutation.*\n/, '')),
      /flow \/orders: the schema has no type Mutation/,
    );
    assert.match(
      await faultsOf(schema.replace('amount: Float! idem', 'idem')),
      /has amount, but there is no such argument/,
    );
  });
});
