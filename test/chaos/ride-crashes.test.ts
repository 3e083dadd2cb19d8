/**
 * The gateway is killed while rides stand at every point between two of their steps, forward and on the way back. Whoever has
 * its journal next ends them: nothing is held, or all is done. The journal is a file of the node, or a Redis that another
 * gateway shares.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { ServedGateway } from './gateway.ts';
import { askedUntilTold, BACK, endedWell, FORWARD, type Point, standAt } from './ride-points.ts';
import { RIDERS, RideWorld } from './ride-world.ts';

const REDIS = process.env.FRONTDESK_TEST_REDIS_URL;
const DISPATCH = '/frontdesk.dispatch.v1.Dispatch';
const RETRIES = 1000;

/** Where rides are called off, which has no way back. */
const OFF: readonly Point[] = [
  { at: 'trip', service: 'trips', rule: { path: '/trips/*', method: 'POST', count: 1 } },
  { at: 'payment', service: 'payments', rule: { path: '/authorizations/*', count: 1 } },
  { at: 'driver', service: 'dispatch', rule: { path: `${DISPATCH}/Release`, count: 1 } },
];

const world = new RideWorld();
before(() => world.start());
after(() => world.close());

describe('a gateway that is killed, with its journal in a file', () => {
  const config = { flows: { journal: { file: './flows.journal' }, lease: '1s' } };
  let gateway: ServedGateway;
  before(async () => {
    gateway = await world.gateway(config);
  });
  const replaced = async (): Promise<void> => {
    await world.kill(gateway);
    gateway = await world.gateway(config);
  };

  for (const isDone of [false, true]) {
    const where = isDone ? 'behind' : 'before';

    it(`${where} the work of each step leaves rides that are whole, or nothing`, async () => {
      const name = `file ${where}`;
      const keys = await standAt(world, gateway, FORWARD, { after: isDone, name });
      await replaced();
      await endedWell(world, gateway, FORWARD, keys, name);
    });

    it(`${where} the work of each undo, twice, leaves nothing`, async () => {
      const name = `file ${where} undo`;
      const keys = await standAt(world, gateway, BACK, { after: isDone, name }, [
        { path: '/trips', status: 500 },
      ]);
      for (const { service, rule } of BACK)
        await world.faults(service, { ...rule, hang: true, after: isDone });
      await replaced();
      for (const { service } of BACK) await world.bitten(service);
      await replaced();
      await endedWell(world, gateway, BACK, keys, name);
    });
  }

  it('behind each step of calling rides off leaves nothing either', async () => {
    for (const [i] of OFF.entries()) await world.order(gateway, `to call off ${i}`, RIDERS[i]);
    const rides = await world.addsUp('to call off');
    assert.equal(rides.length, OFF.length);
    for (const [i, { service, rule }] of OFF.entries()) {
      await world.faults(service, { ...rule, hang: true, after: true });
      void world.cancel(gateway, rides[i]?.id ?? '', `off ${i}`, rides[i]?.rider);
      await world.bitten(service);
    }
    await replaced();
    await world.noFaults();
    await world.settled(gateway);
    assert.equal((await world.addsUp('called off')).length, 0);
    for (const [i, { id, rider }] of rides.entries()) {
      const again = await world.cancel(gateway, id, `off ${i}`, rider);
      assert.deepEqual([again?.status, again?.replayed], [200, true], again?.text);
    }
  });
});

describe('two gateways on one Redis', { skip: REDIS === undefined && 'no Redis server' }, () => {
  const config = { state: { redis: REDIS }, flows: { lease: '1s' } };
  /** A journal of its own, apart from those of other tests. */
  const name = `rides-${randomUUID()}`;
  let gateways: ServedGateway[];

  before(async () => {
    gateways = await Promise.all([world.gateway(config, {}, name), world.gateway(config, {}, name)]);
  });

  it('charge once for a thousand requests with one key, and answer all of them alike', async () => {
    const [first, second] = gateways;
    assert.ok(first && second);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: RETRIES }, (_, i) => askedUntilTold(world, i % 2 === 0 ? first : second, key)),
    );
    const texts = new Set(answers.map((answer) => `${answer?.status} ${answer?.text}`));
    assert.equal(texts.size, 1, [...texts].join('\n').slice(0, 2000));
    assert.equal(answers[0]?.status, 201);
    const on = await world.addsUp('a thousand');
    assert.equal(on.length, 1);
    const { payments } = await world.books();
    const mine = payments.authorizations.filter(
      ({ key: own }) => own.slice(0, 32) === on[0]?.key.slice(0, 32),
    );
    assert.equal(mine.length, 1, 'one authorization');
    assert.equal((await world.cancel(second, on[0]?.id ?? '', `${key} off`))?.status, 200);
    assert.equal((await world.addsUp('called off')).length, 0);
  });

  it('end what the one left that was killed', async () => {
    const [first, second] = gateways;
    assert.ok(first && second);
    const keys = await standAt(world, first, FORWARD, { after: true, name: `redis ${randomUUID()}` });
    await world.kill(first);
    await endedWell(world, second, FORWARD, keys, 'redis');
  });
});
