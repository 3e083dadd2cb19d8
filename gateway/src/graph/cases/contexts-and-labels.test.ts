/** `@context` and `@fromContext`; `@override` by label, for all, for none and for a share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composed, type Row } from '../testing/composed.fixture.ts';

const trips: Row[] = [
  { id: 't1', currency: 'EUR', legs: [{ id: 'l1' }, { id: 'l2' }] },
  { id: 't2', currency: 'CHF', legs: [{ id: 'l3' }] },
];

test('@fromContext: an argument takes its value from an ancestor, for each place of a list its own', async () => {
  const travel = await composed({
    trips: {
      sdl: `type Query { trips: [Trip!]! } type Trip @key(fields: "id") { id: ID! currency: String! legs: [Leg!]! @shareable }
        type Leg @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { trips: () => trips } },
    },
    fares: {
      sdl: `type Trip @key(fields: "id") @context(name: "trip") { id: ID! currency: String! @external legs: [Leg!]! @shareable }
        type Leg @key(fields: "id") { id: ID! fare(in: String @fromContext(field: "$trip { currency }")): String }`,
      resolvers: {
        Trip: { __resolveReference: ({ id }) => trips.find((trip) => trip.id === id) ?? null },
        Leg: {
          __resolveReference: (reference) => reference,
          fare: ({ id }, args) => `${id} in ${args.in}`,
        },
      },
    },
  });
  await travel.expect('{ trips { legs { fare } } }', {
    trips: [{ legs: [{ fare: 'l1 in EUR' }, { fare: 'l2 in EUR' }] }, { legs: [{ fare: 'l3 in CHF' }] }],
  });
});

const moving = await composed({
  old: {
    sdl: 'type Query { post: Post } type Post @key(fields: "id") { id: ID! text: String views: Int }',
    resolvers: {
      Query: { post: () => ({ id: 'p', text: 'old', views: 1 }) },
      Post: { __resolveReference: ({ id }) => ({ id, text: 'old', views: 1 }) },
    },
  },
  next: {
    sdl: `type Query { fresh: Post } type Post @key(fields: "id") { id: ID!
      text: String @override(from: "old", label: "texts") views: Int @override(from: "old", label: "percent(0)") }`,
    resolvers: {
      Query: { fresh: () => ({ id: 'p', text: 'new', views: 2 }) },
      Post: { __resolveReference: ({ id }) => ({ id, text: 'new', views: 2 }) },
    },
  },
});
const query = '{ post { text views } fresh { text views } }';

test('@override(label:) that nobody switched on leaves the field where it was', async () => {
  await moving.expect(query, { post: { text: 'old', views: 1 }, fresh: { text: 'old', views: 1 } });
});

test('@override(label:) that holds takes the field over, wherever the object came from', async () => {
  for (const share of [true, 100]) {
    const config = { overrides: { texts: share } };
    await moving.expect(
      query,
      { post: { text: 'new', views: 1 }, fresh: { text: 'new', views: 1 } },
      { config },
    );
  }
  await moving.expect(
    '{ post { text } }',
    { post: { text: 'old' } },
    { config: { overrides: { texts: 0 } } },
  );
});

test('@override by share: each request is decided on its own', async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 200 && seen.size < 2; i++) {
    const { data } = await moving.ask('{ post { text } }', { config: { overrides: { texts: 50 } } });
    seen.add(JSON.stringify(data));
  }
  assert.equal(seen.size, 2, 'half of them here, half there');
});
