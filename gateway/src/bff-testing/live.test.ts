import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, document, events, json, z } from '../bff/index.ts';
import { fakeBackends, fakeFeed, testLive } from './index.ts';

interface Trip {
  readonly id: string;
  readonly status: string;
}
interface Position {
  readonly percent: number;
}
const kit = defineBackends({
  trips: { get: { '/trips/{id}': json<Trip>() } },
  live: { stream: { '/events': events<Position>() } },
});
const { part, feed, screen, live } = kit.takes(z.object({ id: z.string() }));
const TripUpdated = document<{ tripUpdated: { status: string } }, { id: string }>(
  'subscription TripUpdated($id: ID!) { tripUpdated }',
);
const progress = screen({
  path: '/trips/{id}',
  field: 'trip',
  scopes: ['trips:read'],
  parts: {
    status: part(({ rest, input }) => rest.trips.get('/trips/{id}', { path: { id: input.id } }), {
      required: true,
      shape: (trip) => trip.status,
    }),
    percent: part(() => 0),
  },
});
const track = live({
  path: '/trips/{id}/live',
  field: 'trackTrip',
  screen: progress,
  updates: {
    status: feed(({ graph, input }) => graph.subscribe(TripUpdated, { id: input.id }), {
      shape: ({ tripUpdated }) => tripUpdated.status,
    }),
    percent: feed(({ rest, input }) => rest.live.stream('/events', { query: { trip: input.id } }), {
      shape: ({ percent }) => percent,
    }),
  },
  until: { status: (status) => status === 'completed' },
});

function world() {
  const positions = fakeFeed<Position>();
  const trips = fakeFeed<{ tripUpdated: { status: string } }>();
  const fakes = fakeBackends(kit, {
    trips: { get: { '/trips/{id}': ({ path }) => ({ id: path.id, status: 'requested' }) } },
    live: { stream: { '/events': () => positions } },
    graph: [[TripUpdated, () => trips]],
  });
  return { positions, trips, fakes };
}

describe('testLive', () => {
  it('drives feeds by hand and tells every event', async () => {
    const { positions, trips, fakes } = world();
    const stream = await testLive(track, { fakes, input: { id: 't1' } });
    assert.deepEqual(stream.events, [{ event: 'screen', values: { status: 'requested', percent: 0 } }]);
    positions.push({ percent: 10 });
    assert.deepEqual(await stream.settle(), [{ event: 'part', part: 'percent', value: 10 }]);
    trips.push({ tripUpdated: { status: 'completed' } });
    assert.deepEqual(await stream.settle(), [
      { event: 'part', part: 'status', value: 'completed' },
      { event: 'end', error: undefined },
    ]);
    assert.deepEqual([stream.ended, positions.following, trips.following], [{ error: undefined }, 0, 0]);
    assert.deepEqual(
      stream.calls.map(({ to }) => to),
      ['graph TripUpdated', 'live STREAM /events', 'trips GET /trips/{id}'],
    );
  });

  it('opens a feed again that broke, and conflates for a client that takes nothing', async () => {
    const { positions, fakes } = world();
    const stream = await testLive(track, { fakes, input: { id: 't1' } });
    positions.fail();
    assert.deepEqual(await stream.settle(), [{ event: 'incomplete', parts: ['percent'] }]);
    await stream.advance('1m');
    assert.equal(positions.opened, 2);
    positions.push({ percent: 20 });
    await stream.settle();
    assert.deepEqual([stream.values.percent, stream.incomplete], [20, []]);
    stream.pause();
    positions.push({ percent: 21 });
    await stream.settle();
    positions.push({ percent: 22 }, { percent: 23 });
    assert.deepEqual(await stream.settle(), []);
    stream.resume();
    assert.deepEqual((await stream.settle()).at(-1), { event: 'part', part: 'percent', value: 23 });
    await stream.close();
    assert.equal(positions.following, 0);
  });

  it('rejects where there is no stream, and for what nothing answers', async () => {
    const { fakes } = world();
    const input = { id: 't1' };
    await assert.rejects(testLive(track, { fakes, input, faults: { status: 'reset' } }), {
      code: 'part_failed',
    });
    await assert.rejects(testLive(track, { fakes, input, identity: { scopes: new Set() } }), {
      code: 'insufficient_scope',
    });
    await assert.rejects(testLive(track, { fakes: fakeBackends(kit, {}), input }), {
      name: 'MissingFakeError',
      message: /graph: \[\[TripUpdated/,
    });
  });
});
