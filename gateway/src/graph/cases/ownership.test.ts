/** Who answers a field: `@shareable`, `@override`, `@inaccessible`, `@tag`, `@composeDirective`, `@cost`, `@listSize`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

function never(): never {
  throw new Error('this subgraph need not be asked');
}

test('@shareable: a value type and a root field in parts, joined from all of them', async () => {
  const part = (field: string, value: unknown) => ({
    sdl: `type Query { status: Status! @shareable list: [Status!]! @shareable } type Status { at: Int! @shareable ${field}: Part${field} } type Part${field} { ${field}: String }`,
    resolvers: {
      Query: {
        status: () => ({ at: 1, [field]: { [field]: value } }),
        list: () => [1, 2].map((at) => ({ at, [field]: { [field]: `${value}${at}` } })),
      },
    },
  });
  const parts = await composed({
    cpu: part('cpu', 'fast'),
    disk: part('disk', 'full'),
    net: part('net', 'up'),
  });
  await parts.expect('{ status { at cpu { cpu } disk { disk } net { net } } }', {
    status: { at: 1, cpu: { cpu: 'fast' }, disk: { disk: 'full' }, net: { net: 'up' } },
  });
  await parts.expect('{ list { disk { disk } cpu { cpu } at } }', {
    list: [
      { disk: { disk: 'full1' }, cpu: { cpu: 'fast1' }, at: 1 },
      { disk: { disk: 'full2' }, cpu: { cpu: 'fast2' }, at: 2 },
    ],
  });
});

test('@shareable lists of other lengths from two subgraphs are not joined: nothing says which item is which', async () => {
  const part = (field: string, items: readonly number[]) => ({
    sdl: `type Query { list: [Status] @shareable } type Status { at: Int @shareable ${field}: Int }`,
    resolvers: { Query: { list: () => items.map((at) => ({ at, [field]: at })) } },
  });
  const parts = await composed({ a: part('a', [1, 2, 3]), b: part('b', [1, 2]) });
  for (const planner of ['auto', 'apollo'] as const) {
    const { data } = await parts.ask('{ list { a b } }', { planner });
    const text = JSON.stringify(data);
    const whole = [
      '{"list":[{"a":1,"b":null},{"a":2,"b":null},{"a":3,"b":null}]}',
      '{"list":[{"a":null,"b":1},{"a":null,"b":2}]}',
    ];
    assert.ok(whole.includes(text), text);
  }
});

test('@shareable: a null on one side takes nothing away from the other', async () => {
  const part = (field: string, value: Row | null) => ({
    sdl: `type Query { box: Box @shareable } type Box { ${field}: Int same: Int @shareable }`,
    resolvers: { Query: { box: () => value } },
  });
  const parts = await composed({ a: part('a', { a: 1, same: 5 }), b: part('b', null) });
  await parts.expect('{ box { a b } }', { box: { a: 1, b: null } });
});

const plays: Row[] = [
  { id: 'x', at: 'new x' },
  { id: 'y', at: 'new y' },
];

test('@override: the field is asked of its new owner, wherever the object came from', async () => {
  const theatre = await composed({
    old: {
      sdl: `interface Show { id: ID! at: String! } type Query { shows: [Play!]! any: [Show!]! }
        type Play implements Show @key(fields: "id") { id: ID! at: String! }`,
      resolvers: {
        Query: { shows: () => plays.slice(0, 1), any: () => [{ __typename: 'Play', id: 'y' }] },
        Play: { at: never },
      },
    },
    next: {
      sdl: `type Query { premieres: [Play!]! } type Play @key(fields: "id") { id: ID! at: String! @override(from: "old") }`,
      resolvers: { Query: { premieres: () => plays }, Play: { __resolveReference: byKey(plays) } },
    },
    reviews: {
      sdl: 'type Play @key(fields: "id") { id: ID! at: String! @external blurb: String @requires(fields: "at") }',
      resolvers: { Play: { __resolveReference: (reference) => reference, blurb: ({ at }) => `at ${at}` } },
    },
  });
  await theatre.expect('{ shows { at blurb } any { at } premieres { at } }', {
    shows: [{ at: 'new x', blurb: 'at new x' }],
    any: [{ at: 'new y' }],
    premieres: [{ at: 'new x' }, { at: 'new y' }],
  });
});

test('@override from a subgraph that is not there changes nothing', async () => {
  const theatre = await composed({
    old: {
      sdl: 'type Query { show: Play } type Play @key(fields: "id") { id: ID! }',
      resolvers: { Query: { show: () => plays[0] } },
    },
    next: {
      sdl: 'type Play @key(fields: "id") { id: ID! at: String! @override(from: "nobody") }',
      resolvers: { Play: { __resolveReference: byKey(plays) } },
    },
  });
  await theatre.expect('{ show { at } }', { show: { at: 'new x' } });
});

const vault = await composed({
  bank: {
    sdl: `type Query { account(kind: Kind = OPEN @inaccessible): Account secret: Int @inaccessible hidden: Hidden @inaccessible }
      type Account @key(fields: "id") { id: ID! pin: Int @inaccessible kind: Kind }
      type Hidden @inaccessible { id: ID } enum Kind { OPEN CLOSED @inaccessible } union Holder @inaccessible = Account | Hidden`,
    resolvers: {
      Query: {
        account: (_root: Row, { kind }: Row) => ({
          id: 'a',
          pin: 7,
          kind: kind === 'OPEN' ? 'CLOSED' : kind,
        }),
      },
    },
  },
  audit: {
    sdl: 'type Account @key(fields: "id") { id: ID! pin: Int @external odd: Boolean @requires(fields: "pin") }',
    resolvers: {
      Account: {
        __resolveReference: (reference) => reference,
        odd: ({ pin }: { pin: number }) => pin % 2 === 1,
      },
    },
  },
});

test('@inaccessible: cannot be asked for, is not introspected, and still serves what requires it', async () => {
  await vault.expect('{ account { id odd } }', { account: { id: 'a', odd: true } });
  for (const query of [
    '{ secret }',
    '{ hidden { id } }',
    '{ account { pin } }',
    '{ account(kind: OPEN) { id } }',
    '{ account { ... on Holder { __typename } } }',
  ]) {
    const { data, errors, calls } = await vault.ask(query);
    assert.deepEqual([data, errors?.length, calls.length], [undefined, 1, 0], query);
  }
  const { data } = await vault.ask('{ __schema { types { name fields { name } enumValues { name } } } }', {
    config: { introspection: true },
  });
  assert.doesNotMatch(JSON.stringify(data), /pin|secret|Hidden|hidden|Holder|CLOSED/);
});

test('an enum value that is inaccessible becomes null, with an error', async () => {
  await vault.expect('{ account { kind } }', { account: { kind: null } }, { errors: [['account', 'kind']] });
});

test('@tag, @composeDirective, @cost and @listSize in a supergraph change no answer', async () => {
  const tagged = await composed({
    a: {
      head: `extend schema @link(url: "https://example.test/mood/v1.0", import: ["@mood"]) @composeDirective(name: "@mood")
        @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])
        directive @mood(is: String!) on FIELD_DEFINITION | FIELD
        directive @composeDirective(name: String!) repeatable on SCHEMA
        directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT
        directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION`,
      sdl: `type Query { days(first: Int): [Day] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) @tag(name: "open") }
        type Day @cost(weight: 2) { name: String @mood(is: "good") @cost(weight: 3) }`,
      resolvers: { Query: { days: () => [{ name: 'Monday' }] } },
    },
  });
  await tagged.expect('{ days(first: 1) { name } }', { days: [{ name: 'Monday' }] });
});
