/**
 * The ride with a fault at each of its steps, on a real gateway: whatever fails, and however, nothing is held that no trip
 * has, and who asks again hears the same.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FaultRule } from '@frontdesk/subgraphs-mock';
import type { ServedGateway } from './gateway.ts';
import { type RideService, RideWorld } from './ride-world.ts';

const DISPATCH = '/frontdesk.dispatch.v1.Dispatch';
const STEPS: readonly { readonly step: string; readonly service: RideService; readonly rule: FaultRule }[] = [
  { step: 'rider', service: 'users', rule: { path: '/users/*' } },
  { step: 'price', service: 'trips', rule: { path: '/quotes' } },
  { step: 'driver, found', service: 'dispatch', rule: { path: `${DISPATCH}/FindDriver` } },
  { step: 'driver, held', service: 'dispatch', rule: { path: `${DISPATCH}/Reserve` } },
  { step: 'payment', service: 'payments', rule: { path: '/authorizations' } },
  { step: 'trip', service: 'trips', rule: { path: '/trips' } },
];
const NOTIFICATION: FaultRule = { path: '/notifications' };
/** The step's upstream gives up well before it. */
const TIMEOUT = '400ms';
const MANNERS: Readonly<Record<string, FaultRule>> = {
  'an error': { status: 500, grpcStatus: 13 },
  'a reset': { reset: true },
  'a lost reply': { reset: true, after: true },
  'an error behind the work': { status: 500, grpcStatus: 13, after: true },
  'silence behind the work': { hang: true, after: true },
};

const world = new RideWorld();
let gateway: ServedGateway;

before(async () => {
  await world.start();
  gateway = await world.gateway(
    { flows: { journal: { file: './flows.journal' } } },
    { timeout: { attempt: TIMEOUT }, retry: { max: 1, backoff: '1ms' } },
  );
});
after(() => world.close());

describe('a ride of which a step fails', () => {
  for (const [manner, fault] of Object.entries(MANNERS)) {
    it(`by ${manner} leaves nothing, whichever step it is`, async () => {
      for (const { step, service, rule } of STEPS) {
        const key = `${step} ${manner}`;
        await world.faults(service, { ...rule, ...fault });
        const told = await world.order(gateway, key);
        assert.equal(told?.status, 503, `${key}: ${told?.text}`);
        await world.faults(service);
        await world.settled(gateway);
        assert.equal((await world.addsUp(key)).length, 0, key);
      }
    });

    it(`by ${manner} once, is tried again or undone`, async () => {
      for (const { step, service, rule } of STEPS) {
        const key = `${step} ${manner} once`;
        await world.faults(service, { ...rule, ...fault, count: 1 });
        const told = await world.order(gateway, key);
        await world.settled(gateway);
        const on = await world.addsUp(key);
        assert.equal(on.length, told?.status === 201 ? 1 : 0, `${key}: ${told?.status} ${told?.text}`);
        if (on[0]) assert.equal((await world.cancel(gateway, on[0].id, `${key} off`))?.status, 200);
        assert.equal((await world.addsUp(`${key}, called off`)).length, 0);
      }
    });
  }

  it('has its trip where the rider alone cannot be told', async () => {
    await world.faults('notifications', { ...NOTIFICATION, status: 500 });
    const told = await world.order(gateway, 'not told');
    assert.equal(told?.status, 201, told?.text);
    await world.noFaults();
    const [trip] = await world.addsUp('not told');
    assert.equal((await world.cancel(gateway, trip?.id ?? '', 'not told, off'))?.status, 200);
    assert.equal((await world.addsUp('called off')).length, 0);
  });

  it('is undone also where undoing fails at first', async () => {
    await world.faults(
      'trips',
      { path: '/trips', status: 500 },
      { path: '/cancellations', status: 500, count: 2 },
    );
    await world.faults('payments', { path: '/voids', reset: true, after: true, count: 2 });
    await world.faults('dispatch', { path: `${DISPATCH}/Release`, grpcStatus: 14, count: 2 });
    const told = await world.order(gateway, 'undo fails');
    assert.equal(told?.status, 503, told?.text);
    await world.noFaults();
    await world.settled(gateway);
    assert.equal((await world.addsUp('undo fails')).length, 0);
    const again = await world.order(gateway, 'undo fails');
    assert.deepEqual([again?.status, again?.replayed], [503, true], again?.text);
    assert.equal((await world.addsUp('asked again')).length, 0);
  });
});
