/** Entities and their keys: several, nested, composite, not resolvable, null, unknown, and met on many paths. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

test('several keys: each subgraph is reached by the one that is at hand, through a third where it must', async () => {
  const trains = [
    { number: 'T1', serial: 's-1', seats: 400, depot: 'North' },
    { number: 'T2', serial: 's-2', seats: 120, depot: 'South' },
  ];
  const railway = await composed({
    timetable: {
      sdl: 'type Query { departures: [Train!]! } type Train @key(fields: "number") { number: ID! }',
      resolvers: { Query: { departures: () => trains.map(({ number }) => ({ number })) } },
    },
    fleet: {
      sdl: 'type Train @key(fields: "number") @key(fields: "serial") { number: ID! serial: ID! seats: Int }',
      resolvers: {
        Train: {
          __resolveReference: (reference) =>
            byKey(trains, 'serial' in reference ? 'serial' : 'number')(reference),
        },
      },
    },
    depots: {
      sdl: 'type Train @key(fields: "serial") { serial: ID! depot: String }',
      resolvers: { Train: { __resolveReference: byKey(trains, 'serial') } },
    },
  });
  await railway.expect('{ departures { number depot } }', {
    departures: [
      { number: 'T1', depot: 'North' },
      { number: 'T2', depot: 'South' },
    ],
  });
  await railway.expect('{ departures { seats depot } }', {
    departures: [
      { seats: 400, depot: 'North' },
      { seats: 120, depot: 'South' },
    ],
  });
});

test('a key within an object, and a key of several fields, go into the representation whole', async () => {
  const rooms = [{ floor: { house: { code: 'H' }, level: 2 }, door: 7, guest: 'Ada', tidy: true }];
  const hotel = await composed({
    desk: {
      sdl: `type Query { room: Room } type Room @key(fields: "door floor { level house { code } }") { door: Int! floor: Floor! guest: String }
        type Floor @shareable { level: Int! house: House! } type House @shareable { code: ID! }`,
      resolvers: { Query: { room: () => rooms[0] } },
    },
    cleaning: {
      sdl: `type Room @key(fields: "door floor { level house { code } }") { door: Int! floor: Floor! tidy: Boolean }
        type Floor @shareable { level: Int! house: House! } type House @shareable { code: ID! }`,
      resolvers: {
        Room: {
          __resolveReference: (reference) =>
            rooms.find(
              ({ door, floor }) =>
                JSON.stringify([door, floor.level, floor.house]) ===
                JSON.stringify([reference.door, 2, { code: 'H' }]),
            ) ?? null,
        },
      },
    },
  });
  await hotel.expect('{ room { guest tidy } }', { room: { guest: 'Ada', tidy: true } });
  const { calls } = await hotel.ask('{ room { tidy } }');
  assert.deepEqual(calls[1]?.variables.representations, [
    { __typename: 'Room', door: 7, floor: { level: 2, house: { code: 'H' } } },
  ]);
});

test('a key over a list of objects is sent with all of them', async () => {
  const baskets = [{ lines: [{ sku: 'a' }, { sku: 'b' }], total: 5 }];
  const shop = await composed({
    cart: {
      sdl: 'type Query { basket: Basket } type Basket @key(fields: "lines { sku }") { lines: [Line!]! } type Line @shareable { sku: ID! }',
      resolvers: { Query: { basket: () => baskets[0] } },
    },
    pricing: {
      sdl: 'type Basket @key(fields: "lines { sku }") { lines: [Line!]! total: Int } type Line @shareable { sku: ID! }',
      resolvers: {
        Basket: {
          __resolveReference: (reference) =>
            baskets.find(({ lines }) => JSON.stringify(lines) === JSON.stringify(reference.lines)) ?? null,
        },
      },
    },
  });
  await shop.expect('{ basket { total } }', { basket: { total: 5 } });
});

test('resolvable: false: a subgraph that only refers to an entity is never asked for it', async () => {
  const people = [{ id: '1', name: 'Grace' }];
  const office = await composed({
    people: {
      sdl: 'type Query { person: Person } type Person @key(fields: "id") { id: ID! name: String }',
      resolvers: { Query: { person: () => people[0] }, Person: { __resolveReference: byKey(people) } },
    },
    notes: {
      sdl: 'type Query { note: Note } type Note { text: String author: Person } type Person @key(fields: "id", resolvable: false) { id: ID! }',
      resolvers: { Query: { note: () => ({ text: 'hi', author: { id: '1' } }) } },
    },
  });
  await office.expect('{ note { text author { id name } } person { name } }', {
    note: { text: 'hi', author: { id: '1', name: 'Grace' } },
    person: { name: 'Grace' },
  });
  const { calls } = await office.ask('{ note { author { name } } }');
  assert.deepEqual(
    calls.map(({ subgraph }) => subgraph),
    ['notes', 'people'],
  );
});

const shelves = await composed({
  catalogue: {
    sdl: 'type Query { shelf: [Volume] } type Volume @key(fields: "mark") { mark: ID }',
    resolvers: {
      Query: { shelf: () => [{ mark: 'm1' }, { mark: null }, { mark: 'm2' }, null, { mark: 'm3' }] },
    },
  },
  registry: {
    sdl: 'type Volume @key(fields: "mark") @key(fields: "id") { mark: ID id: ID title: String! }',
    resolvers: {
      Volume: {
        __resolveReference: (reference) => {
          assert.ok(reference.mark !== null && reference.id !== null, 'no null key comes here');
          if (reference.mark === 'm2') return null;
          return {
            mark: reference.mark,
            id: reference.mark === 'm3' ? null : 'i1',
            title: `T ${reference.mark}`,
          };
        },
      },
    },
  },
  loans: {
    sdl: 'type Volume @key(fields: "id") { id: ID borrower: String }',
    resolvers: { Volume: { __resolveReference: byKey([{ id: 'i1', borrower: 'Bo' }]) } },
  },
});

test('null keys: such an entity is asked for nowhere, and has null fields', async () => {
  await shelves.expect('{ shelf { mark borrower } }', {
    shelf: [
      { mark: 'm1', borrower: 'Bo' },
      { mark: null, borrower: null },
      { mark: 'm2', borrower: null },
      null,
      { mark: 'm3', borrower: null },
    ],
  });
});

test('an entity that its subgraph does not know has null fields; a field that may not be null takes it away', async () => {
  await shelves.expect(
    '{ shelf { mark title } }',
    {
      shelf: [{ mark: 'm1', title: 'T m1' }, null, null, null, { mark: 'm3', title: 'T m3' }],
    },
    {
      errors: [
        ['shelf', 1, 'title'],
        ['shelf', 2, 'title'],
      ],
    },
  );
});

test('one entity on many paths is asked for once a fetch, and stands whole at each of them', async () => {
  const cities = [
    { id: 'a', name: 'Aa', people: 10 },
    { id: 'b', name: 'Bb', people: 20 },
  ];
  const map = await composed({
    roads: {
      sdl: `type Query { roads: [Road!]! capital: City } type Road { from: City! to: City! via: [City!]! }
        type City @key(fields: "id") { id: ID! nearest: City }`,
      resolvers: {
        Query: {
          roads: () => [
            { from: { id: 'a' }, to: { id: 'b' }, via: [{ id: 'b' }, { id: 'a' }] },
            { from: { id: 'b' }, to: { id: 'a' }, via: [] },
          ],
          capital: () => ({ id: 'a' }),
        },
        City: { nearest: ({ id }: Row) => ({ id: id === 'a' ? 'b' : 'a' }) },
      },
    },
    census: {
      sdl: 'type City @key(fields: "id") { id: ID! name: String people: Int }',
      resolvers: { City: { __resolveReference: byKey(cities) } },
    },
  });
  const query =
    '{ capital { name nearest { name nearest { people } } } roads { from { name } to { people } via { name people } } }';
  await map.expect(query, {
    capital: { name: 'Aa', nearest: { name: 'Bb', nearest: { people: 10 } } },
    roads: [
      {
        from: { name: 'Aa' },
        to: { people: 20 },
        via: [
          { name: 'Bb', people: 20 },
          { name: 'Aa', people: 10 },
        ],
      },
      { from: { name: 'Bb' }, to: { people: 10 }, via: [] },
    ],
  });
  const { calls } = await map.ask('{ roads { from { name } to { name } via { name } } }');
  assert.equal(calls.length, 2);
  for (const list of Object.values(calls[1]?.variables ?? {})) {
    const ids = Array.isArray(list) ? list.map((entity: Row) => entity.id) : [];
    assert.equal(new Set(ids).size, ids.length, 'each city once');
  }
});
