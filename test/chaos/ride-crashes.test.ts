/**
 * The gateway is killed while rides stand at every point between two of their steps, forward and on the way back. Whoever has
 * its journal next ends them: nothing is held, or all is done. The journal is a file of the node, or a Redis that another
 * gateway shares.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { FaultRule } from '@frontdesk/subgraphs-mock';
import type { ServedGateway } from './gateway.ts';
import { RIDERS, type RideService, RideWorld } from './ride-world.ts';

const REDIS = process.env.FRONTDESK_TEST_REDIS_URL;
const DISPATCH = '/frontdesk.dispatch.v1.Dispatch';
const RETRIES = 1000;
const TRIES = 5;

interface Point {
  readonly at: string;
  readonly service: RideService;
  /** Takes the first ride that comes by, and no other. */
  readonly rule: FaultRule;
}

/** Forward, the last step first, so that each ride passes the points behind its own. At its notification a ride is committed. */
const FORWARD: readonly Point[] = [
  { at: 'notification', service: 'notifications', rule: { path: '/notifications', count: 1 } },
  { at: 'trip', service: 'trips', rule: { path: '/trips', count: 1 } },
  { at: 'payment', service: 'payments', rule: { path: '/authorizations', count: 1 } },
  { at: 'driver', service: 'dispatch', rule: { path: `${DISPATCH}/Reserve`, count: 1 } },
  { at: 'rider', service: 'users', rule: { path: '/users/*', count: 1 } },
];
/** On the way back from a trip that was refused: each undo takes the ride that is the first to come by. */
const BACK: readonly Point[] = [
  { at: 'undo of the trip', service: 'trips', rule: { path: '/cancellations', count: 1 } },
  { at: 'undo of the payment', service: 'payments', rule: { path: '/voids', count: 1 } },
  { at: 'undo of the driver', service: 'dispatch', rule: { path: `${DISPATCH}/Release`, count: 1 } },
];

/** Where rides are called off, which has no way back. */
const OFF: readonly Point[] = [
  { at: 'trip', service: 'trips', rule: { path: '/trips/*', method: 'POST', count: 1 } },
  { at: 'payment', service: 'payments', rule: { path: '/authorizations/*', count: 1 } },
  { at: 'driver', service: 'dispatch', rule: { path: `${DISPATCH}/Release`, count: 1 } },
];

const world = new RideWorld();
before(() => world.start());
after(() => world.close());

/** One ride to each point, in the order of the list; resolves when all of them stand there. */
async function standAt(
  gateway: ServedGateway,
  points: readonly Point[],
  { after: isDone, name }: { after: boolean; name: string },
  refused: readonly FaultRule[] = [],
): Promise<string[]> {
  const keys: string[] = [];
  for (const [i, { at, service, rule }] of points.entries()) {
    const others = service === 'trips' ? refused : [];
    await world.faults(service, { ...rule, hang: true, after: isDone }, ...others);
    const key = `${name} ${at}`;
    keys.push(key);
    void world.order(gateway, key, RIDERS[i]);
    await world.bitten(service);
  }
  return keys;
}

/** All but the committed one have nothing; what is told again changes nothing. */
async function endedWell(
  gateway: ServedGateway,
  points: readonly Point[],
  keys: readonly string[],
  what: string,
) {
  await world.noFaults();
  await world.settled(gateway);
  const on = await world.addsUp(what);
  const committed = points.findIndex(({ at }) => at === 'notification');
  assert.deepEqual(
    on.map(({ rider }) => rider),
    committed < 0 ? [] : [RIDERS[committed]],
    `${what}: the trips that are on`,
  );
  for (const [i, key] of keys.entries()) {
    if (points[i]?.at === 'rider') continue; // Nothing had begun: the key is free.
    const first = await world.order(gateway, key, RIDERS[i]);
    assert.deepEqual(
      [first?.status, first?.replayed],
      [i === committed ? 201 : 503, true],
      `${key}: ${first?.text}`,
    );
    const second = await world.order(gateway, key, RIDERS[i]);
    assert.deepEqual(
      [second?.status, withoutRequest(second?.text)],
      [first?.status, withoutRequest(first?.text)],
    );
  }
  assert.deepEqual(await world.addsUp(`${what}, asked again`), on);
  if (committed < 0) return;
  const { notifications } = await world.books();
  const told = notifications.notifications.filter(({ key }) =>
    key?.startsWith(on[0]?.key.slice(0, 32) ?? ''),
  );
  assert.equal(told.length, 1, `${what}: the rider is told once`);
  const off = await world.cancel(gateway, on[0]?.id ?? '', `${what} off`, RIDERS[committed]);
  assert.equal(off?.status, 200, off?.text);
  assert.equal((await world.addsUp(`${what}, called off`)).length, 0);
}

/** As a client does that lost its connection, or is told to come back: with the same key. */
async function askedUntilTold(gateway: ServedGateway, key: string) {
  for (let tries = 1; ; tries += 1) {
    const answer = await world.order(gateway, key);
    if (answer?.status === 201 || tries === TRIES) return answer;
  }
}

/** A problem document names the request that was told it. */
function withoutRequest(text = ''): string {
  return text.replaceAll(/[0-9a-f]{32}/g, '');
}

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
      const keys = await standAt(gateway, FORWARD, { after: isDone, name });
      await replaced();
      await endedWell(gateway, FORWARD, keys, name);
    });

    it(`${where} the work of each undo, twice, leaves nothing`, async () => {
      const name = `file ${where} undo`;
      const keys = await standAt(gateway, BACK, { after: isDone, name }, [{ path: '/trips', status: 500 }]);
      for (const { service, rule } of BACK)
        await world.faults(service, { ...rule, hang: true, after: isDone });
      await replaced();
      for (const { service } of BACK) await world.bitten(service);
      await replaced();
      await endedWell(gateway, BACK, keys, name);
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
      Array.from({ length: RETRIES }, (_, i) => askedUntilTold(i % 2 === 0 ? first : second, key)),
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
    const keys = await standAt(first, FORWARD, { after: true, name: `redis ${randomUUID()}` });
    await world.kill(first);
    await endedWell(second, FORWARD, keys, 'redis');
  });
});
