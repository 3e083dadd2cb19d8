/** Federation 1 style: no `@link`, `extend type`, `@extends`, `@external` keys, all fields shareable. */
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const members: Row[] = [
  { id: 'm1', name: 'Mia', badge: 'gold', points: 3 },
  { id: 'm2', name: 'Max', badge: 'tin', points: 1 },
];
const core = {
  resolvers: {
    Query: { member: (_root: Row, { id }: Row) => members.find((member) => member.id === id) ?? null },
    Member: { __resolveReference: byKey(members) },
  },
};
const extension = {
  resolvers: {
    Query: {
      best: () => ({ id: 'm1', badge: 'gold' }),
      known: () => ({ id: 'm1', badge: 'gold', name: 'Mia' }),
    },
    Member: {
      __resolveReference: byKey(members, 'id', ({ id, badge }, { points }) => ({ id, badge, points })),
      rank: ({ points }: Row) => `rank ${points}`,
    },
  },
};
const fields =
  '{ id: ID! @external name: String! @external points: Int @external badge: String rank: String @requires(fields: "points") }';
const queries = 'type Query { best: Member known: Member @provides(fields: "name") }';
const owner = 'type Query { member(id: ID!): Member }';

for (const [style, clubs] of [
  [
    '@extends, both of Federation 1',
    {
      core: {
        ...core,
        version: '1',
        sdl: `${owner} type Member @key(fields: "id") { id: ID! name: String! points: Int }`,
      },
      badges: {
        ...extension,
        version: '1',
        sdl: `${queries} type Member @key(fields: "id") @extends ${fields}`,
      },
    },
  ],
  [
    'extend type, both of Federation 1',
    {
      core: {
        ...core,
        version: '1',
        sdl: `${owner} type Member @key(fields: "id") { id: ID! name: String! points: Int }`,
      },
      badges: {
        ...extension,
        version: '1',
        sdl: `${queries} extend type Member @key(fields: "id") ${fields}`,
      },
    },
  ],
  [
    '@extends and extend type within Federation 2',
    {
      core: {
        ...core,
        sdl: `${owner} type Member @key(fields: "id") { id: ID! name: String! @shareable points: Int }`,
      },
      badges: { ...extension, sdl: `${queries} extend type Member @key(fields: "id") ${fields}` },
    },
  ],
  [
    'a Federation 1 extension of a Federation 2 type',
    {
      core: {
        ...core,
        sdl: `${owner} type Member @key(fields: "id") { id: ID! name: String! @shareable points: Int }`,
      },
      badges: {
        ...extension,
        version: '1',
        sdl: `${queries} type Member @key(fields: "id") @extends ${fields}`,
      },
    },
  ],
] as const) {
  test(`${style}: owned, own, required and provided fields`, async () => {
    const club = await composed(clubs);
    await club.expect('{ best { id name badge rank } member(id: "m2") { name badge rank } }', {
      best: { id: 'm1', name: 'Mia', badge: 'gold', rank: 'rank 3' },
      member: { name: 'Max', badge: 'tin', rank: 'rank 1' },
    });
    await club.expect('{ known { name badge } }', { known: { name: 'Mia', badge: 'gold' } });
  });
}

test('an extension by two keys whose fields are all external', async () => {
  const items: Row[] = [{ id: 'i', name: 'Item', code: 'c', price: 4.5, stock: 2 }];
  const store = await composed({
    base: {
      version: '1',
      sdl: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! name: String stock: Int }',
      resolvers: {
        Query: { item: () => ({ id: 'i', name: 'Item' }) },
        Item: { __resolveReference: byKey(items) },
      },
    },
    prices: {
      version: '1',
      sdl: `type Query { cheap: Item } extend type Item @key(fields: "id name") @key(fields: "code") {
        id: ID @external name: String @external code: String @external price: Float! }`,
      resolvers: {
        Query: { cheap: () => items[0] },
        Item: {
          __resolveReference: (reference) => byKey(items, 'id' in reference ? 'id' : 'code')(reference),
        },
      },
    },
  });
  await store.expect('{ item { name price code } cheap { id stock } }', {
    item: { name: 'Item', price: 4.5, code: 'c' },
    cheap: { id: 'i', stock: 2 },
  });
});
