/** Unions, interfaces, enums and inputs that are not the same in every subgraph. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const paper: Row = { __typename: 'Paper', id: 'p', title: 'Paper' };
const film: Row = { __typename: 'Film', id: 'f', title: 'Film', minutes: 90 };
const stone: Row = { __typename: 'Stone', title: 'Stone', grams: 5 };

const museum = await composed({
  east: {
    sdl: `type Query { east: [Exhibit!]! both: Exhibit @shareable hall: Hall } union Exhibit = Paper | Film
      type Paper @key(fields: "id") { id: ID! title: String @shareable pages: Int } type Film @key(fields: "id") { id: ID! title: String @shareable minutes: Int }
      type Hall @key(fields: "id") { id: ID! room: Room @shareable } type Room @shareable { show: [Exhibit!]! }`,
    resolvers: {
      Query: {
        east: () => [paper, film],
        both: () => paper,
        hall: () => ({ id: 'h', room: { show: [paper, film] } }),
      },
      Paper: { __resolveReference: byKey([paper]), pages: () => 12 },
      Hall: { __resolveReference: ({ id }) => ({ id, room: { show: [paper, film] } }) },
    },
  },
  west: {
    sdl: `type Query { west: [Exhibit!]! both: Exhibit @shareable annex: Hall } union Exhibit = Paper | Stone
      type Paper @key(fields: "id") { id: ID! title: String @shareable weight: Int } type Stone { title: String grams: Int }
      type Hall @key(fields: "id") { id: ID! room: Room @shareable } type Room @shareable { show: [Exhibit!]! }`,
    resolvers: {
      Query: {
        west: () => [stone, paper],
        both: () => paper,
        annex: () => ({ id: 'h', room: { show: [stone, paper] } }),
      },
      Paper: { __resolveReference: byKey([paper]), weight: () => 3 },
      Hall: { __resolveReference: ({ id }) => ({ id, room: { show: [stone, paper] } }) },
    },
  },
});
const all = '__typename ... on Paper { title } ... on Film { title minutes } ... on Stone { title grams }';

test('a union with other members in each subgraph: each place answers with the members of its own', async () => {
  await museum.expect(`{ east { ${all} } west { ${all} } }`, {
    east: [
      { __typename: 'Paper', title: 'Paper' },
      { __typename: 'Film', title: 'Film', minutes: 90 },
    ],
    west: [
      { __typename: 'Stone', title: 'Stone', grams: 5 },
      { __typename: 'Paper', title: 'Paper' },
    ],
  });
  await museum.expect('{ east { ... on Stone { grams } } }', { east: [{}, {}] });
  await museum.expect(`{ both { ${all} } }`, { both: { __typename: 'Paper', title: 'Paper' } });
});

test('within a shareable value type, no member of the subgraph that answers is lost', async () => {
  await museum.expect(`{ hall { room { show { ${all} } } } annex { room { show { ${all} } } } }`, {
    hall: {
      room: {
        show: [
          { __typename: 'Paper', title: 'Paper' },
          { __typename: 'Film', title: 'Film', minutes: 90 },
        ],
      },
    },
    annex: {
      room: {
        show: [
          { __typename: 'Stone', title: 'Stone', grams: 5 },
          { __typename: 'Paper', title: 'Paper' },
        ],
      },
    },
  });
});

test('entities of a union take fields from the subgraphs of its other halves', async () => {
  await museum.expect('{ east { ... on Paper { pages weight } } west { ... on Paper { pages weight } } }', {
    east: [{ pages: 12, weight: 3 }, {}],
    west: [{}, { pages: 12, weight: 3 }],
  });
});

const oven: Row = { __typename: 'Oven', id: 'o1' };
const lamp: Row = { __typename: 'Lamp', id: 'l1', watts: 60 };

test('an interface that a type implements in one subgraph alone', async () => {
  const house = await composed({
    goods: {
      sdl: `type Query { goods: [Goods] powered: [Powered!] find(id: ID!): Powered } union Goods = Oven | Lamp
        interface Powered { watts: Int } type Oven @key(fields: "id") { id: ID! } type Lamp implements Powered @key(fields: "id") { id: ID! watts: Int }`,
      resolvers: {
        Query: {
          goods: () => [oven, lamp],
          powered: () => [lamp],
          find: (_root: Row, { id }: Row) => (id === 'o1' ? oven : lamp),
        },
      },
    },
    power: {
      sdl: 'interface Powered { watts: Int } type Oven implements Powered @key(fields: "id") { id: ID! watts: Int }',
      resolvers: { Oven: { __resolveReference: (reference) => ({ ...reference, watts: 2000 }) } },
    },
  });
  await house.expect('{ goods { ... on Powered { watts } } }', { goods: [{ watts: 2000 }, { watts: 60 }] });
  await house.expect('{ powered { watts ... on Oven { id } ... on Powered { ... on Lamp { id } } } }', {
    powered: [{ watts: 60, id: 'l1' }],
  });
  // There, an oven is none of the types that the field may answer with.
  await house.expect('{ find(id: "o1") { ... on Oven { watts } } }', { find: null }, { errors: [['find']] });
});

test('a type with a field that is nullable in one subgraph and in a union beside a type where it is not', async () => {
  const people: Row[] = [
    { __typename: 'Guest', id: 'g', name: 'G', peers: [] },
    { __typename: 'Bot', id: 'b', name: 'B', peers: [] },
  ];
  const rows: Row[] = people.map((row) => ({ ...row, peers: people }));
  const chat = await composed({
    door: {
      version: '1',
      sdl: 'type Query { guests: [Guest!]! } type Guest { id: ID }',
      resolvers: { Query: { guests: () => [{ id: 'g' }] } },
    },
    talk: {
      sdl: `type Query { talkers: [Talker!]! } union Talker = Guest | Bot
        type Guest @key(fields: "id") { id: ID! name: String peers: [Talker!]! } type Bot { id: ID name: String peers: [Talker!]! }`,
      resolvers: { Query: { talkers: () => rows }, Guest: { __resolveReference: byKey(rows) } },
    },
  });
  const both = (below: string) => `... on Guest { id name ${below} } ... on Bot { id name ${below} }`;
  const found = [
    { id: 'g', name: 'G' },
    { id: 'b', name: 'B' },
  ];
  await chat.expect(`{ guests { id name } talkers { ${both(`peers { ${both('')} }`)} } }`, {
    guests: [{ id: 'g', name: 'G' }],
    talkers: found.map((one) => ({ ...one, peers: found })),
  });
});

const weather = await composed({
  sky: {
    sdl: `type Query { now: Report on(days: Span!): [Report!] } type Report @key(fields: "id") { id: ID! sky: Sky @shareable } enum Sky { CLEAR RAIN } input Span { from: Int! to: Int = 3 note: String }`,
    resolvers: {
      Query: {
        now: () => ({ id: 1, sky: 'RAIN' }),
        on: (_root: Row, { days }: { days: { from: number; to: number } }) => [
          { id: `${days.from}-${days.to}`, sky: 'CLEAR' },
        ],
      },
    },
  },
  sea: {
    sdl: `type Query { tide(sky: Sky!): Int at(days: Span!): Int tides: [Report] } type Report @key(fields: "id") { id: ID! sky: Sky @shareable }
      enum Sky { CLEAR RAIN HAIL @inaccessible } input Span { from: Int! to: Int = 3 }`,
    resolvers: {
      Query: {
        tide: (_root: Row, { sky }: Row) => (sky === 'CLEAR' ? 1 : 2),
        at: (_root: Row, { days }: { days: { from: number; to: number } }) => days.from * 100 + days.to,
        tides: () => [{ id: 't', sky: 'HAIL' }],
      },
    },
  },
});

test('an enum with more values in one subgraph: what clients may not see is null, and cannot be sent', async () => {
  await weather.expect('{ now { sky } tide(sky: RAIN) }', { now: { sky: 'RAIN' }, tide: 2 });
  await weather.expect('{ tides { sky } }', { tides: [{ sky: null }] }, { errors: [['tides', 0, 'sky']] });
  const { data, calls } = await weather.ask('{ tide(sky: HAIL) }');
  assert.deepEqual([data, calls], [undefined, []]);
});

test('an input with more fields in one subgraph: only what all know can be sent', async () => {
  await weather.expect('{ on(days: { from: 1 }) { id } at(days: { from: 2, to: 4 }) }', {
    on: [{ id: '1-3' }],
    at: 204,
  });
  await weather.expect(
    'query ($days: Span!, $n: Int!) { on(days: $days) { id } at(days: { from: $n }) }',
    { on: [{ id: '5-3' }], at: 703 },
    { variables: { days: { from: 5 }, n: 7 } },
  );
  for (const query of ['{ on(days: { from: 1, note: "x" }) { id } }', '{ at(days: { to: 1 }) }']) {
    const { data, calls } = await weather.ask(query);
    assert.deepEqual([data, calls], [undefined, []], query);
  }
});
