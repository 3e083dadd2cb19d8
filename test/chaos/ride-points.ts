/** The points at which rides are made to stand, and how it is seen that all of them ended well after whoever held them died. */
import assert from 'node:assert/strict';
import type { FaultRule } from '@frontdesk/subgraphs-mock';
import type { ServedGateway } from './gateway.ts';
import { RIDERS, type RideService, type RideWorld } from './ride-world.ts';

const TRIES = 5;
const DISPATCH = '/frontdesk.dispatch.v1.Dispatch';

export interface Point {
  readonly at: string;
  readonly service: RideService;
  /** Takes the first ride that comes by, and no other. */
  readonly rule: FaultRule;
}

/** Forward, the last step first, so that each ride passes the points behind its own. At its notification a ride is committed. */
export const FORWARD: readonly Point[] = [
  { at: 'notification', service: 'notifications', rule: { path: '/notifications', count: 1 } },
  { at: 'trip', service: 'trips', rule: { path: '/trips', count: 1 } },
  { at: 'payment', service: 'payments', rule: { path: '/authorizations', count: 1 } },
  { at: 'driver', service: 'dispatch', rule: { path: `${DISPATCH}/Reserve`, count: 1 } },
  { at: 'rider', service: 'users', rule: { path: '/users/*', count: 1 } },
];
/** On the way back from a trip that was refused: each undo takes the ride that is the first to come by. */
export const BACK: readonly Point[] = [
  { at: 'undo of the trip', service: 'trips', rule: { path: '/cancellations', count: 1 } },
  { at: 'undo of the payment', service: 'payments', rule: { path: '/voids', count: 1 } },
  { at: 'undo of the driver', service: 'dispatch', rule: { path: `${DISPATCH}/Release`, count: 1 } },
];

/** One ride to each point, in the order of the list; resolves when all of them stand there. */
export async function standAt(
  world: RideWorld,
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
export async function endedWell(
  world: RideWorld,
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

/** A problem document names the request that was told it. */
function withoutRequest(text = ''): string {
  return text.replaceAll(/[0-9a-f]{32}/g, '');
}

/** As a client does that lost its connection, or is told to come back: with the same key. */
export async function askedUntilTold(world: RideWorld, gateway: ServedGateway, key: string) {
  for (let tries = 1; ; tries += 1) {
    const answer = await world.order(gateway, key);
    if (answer?.status === 201 || tries === TRIES) return answer;
  }
}
