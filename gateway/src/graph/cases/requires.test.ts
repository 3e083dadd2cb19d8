/** `@requires`: nested, over lists, with arguments, with fragments, on interfaces, chained, and in a circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const parcels: Row[] = [
  { id: 'p1', grams: 500, box: { sides: [{ cm: 10 }, { cm: 20 }], lid: { sealed: true } } },
  { id: 'p2', grams: 50, box: { sides: [], lid: null } },
];

type Boxed = {
  readonly box: {
    readonly sides: readonly { readonly cm: number }[];
    readonly lid: { readonly sealed: boolean } | null;
  };
};

const post = await composed({
  counter: {
    sdl: `type Query { parcels: [Parcel!]! } type Parcel @key(fields: "id") { id: ID! grams(in: Unit = G): Float box: Box }
      enum Unit { G KG } type Box { sides: [Side!]! lid: Lid } type Side { cm: Int } type Lid { sealed: Boolean }`,
    resolvers: {
      Query: { parcels: () => parcels },
      Parcel: {
        __resolveReference: byKey(parcels),
        grams: ({ grams }: { grams: number }, args) => (args.in === 'KG' ? grams / 1000 : grams),
      },
    },
  },
  sorting: {
    sdl: `type Parcel @key(fields: "id") {
        id: ID! grams(in: Unit = G): Float @external box: Box @external
        girth: Int @requires(fields: "box { sides { cm } lid { sealed } }")
        fee: Float @requires(fields: "grams(in: KG)") heavy: Boolean @requires(fields: "grams(in: G)") }
      enum Unit { G KG } type Box @external { sides: [Side!]! lid: Lid } type Side @external { cm: Int } type Lid @external { sealed: Boolean }`,
    resolvers: {
      Parcel: {
        __resolveReference: (reference) => reference,
        girth: ({ box }: Boxed) => box.sides.reduce((sum, { cm }) => sum + cm, 0) + (box.lid?.sealed ? 1 : 0),
        fee: ({ grams }: { grams: number }) => grams * 10,
        heavy: ({ grams }: { grams: number }) => grams > 100,
      },
    },
  },
});

test('nested requirements: objects, lists of objects and nulls go along as they are', async () => {
  await post.expect('{ parcels { id girth } }', {
    parcels: [
      { id: 'p1', girth: 31 },
      { id: 'p2', girth: 0 },
    ],
  });
});

/** Apollo's planner takes a field with other arguments for the one that is required: its plan is refused. */
const hive = { planners: ['auto'] } as const;

test('a requirement with arguments, beside the same field with other arguments by the client', async () => {
  await post.expect(
    '{ parcels { grams fee heavy kilos: grams(in: KG) } }',
    {
      parcels: [
        { grams: 500, fee: 5, heavy: true, kilos: 0.5 },
        { grams: 50, fee: 0.5, heavy: false, kilos: 0.05 },
      ],
    },
    hive,
  );
  await post.expect(
    'query ($unit: Unit = KG) { parcels { ...A ...B } } fragment A on Parcel { grams(in: $unit) } fragment B on Parcel { grams(in: $unit) fee }',
    {
      parcels: [
        { grams: 0.5, fee: 5 },
        { grams: 0.05, fee: 0.5 },
      ],
    },
    hive,
  );
});

test('a plan that would take a value with other arguments for the required one is no plan', async () => {
  for (const query of ['{ parcels { grams fee } }', '{ parcels { fee heavy } }']) {
    const { data, errors, calls } = await post.ask(query, { planner: 'apollo' });
    assert.deepEqual([data, errors?.length, calls], [undefined, 1, []], query);
  }
});

test('what is required stays out of the answer, and may be selected beside it under any name', async () => {
  await post.expect('{ parcels { box: girth girth: id } }', {
    parcels: [
      { box: 31, girth: 'p1' },
      { box: 0, girth: 'p2' },
    ],
  });
  await post.expect('{ parcels { box { lid { sealed } } girth } }', {
    parcels: [
      { box: { lid: { sealed: true } }, girth: 31 },
      { box: { lid: null }, girth: 0 },
    ],
  });
});

const bands = [{ id: 'b1', base: 3 }];

test('chained requirements: each link waits for the one before it', async () => {
  const chain = await composed({
    one: {
      sdl: 'type Query { band: Band } type Band @key(fields: "id") { id: ID! base: Int! }',
      resolvers: { Query: { band: () => bands[0] }, Band: { __resolveReference: byKey(bands) } },
    },
    two: {
      sdl: 'type Band @key(fields: "id") { id: ID! base: Int! @external double: Int! @requires(fields: "base") }',
      resolvers: {
        Band: {
          __resolveReference: (reference) => reference,
          double: ({ base }: { base: number }) => base * 2,
        },
      },
    },
    three: {
      sdl: `type Band @key(fields: "id") { id: ID! double: Int! @external base: Int! @external
        sum: Int! @requires(fields: "double base") label: String! @requires(fields: "double") }`,
      resolvers: {
        Band: {
          __resolveReference: (reference) => reference,
          sum: ({ double, base }: { double: number; base: number }) => double + base,
          label: ({ double }: { double: number }) => `<${double}>`,
        },
      },
    },
    four: {
      sdl: 'type Band @key(fields: "id") { id: ID! sum: Int! @external final: String! @requires(fields: "sum") }',
      resolvers: {
        Band: { __resolveReference: (reference) => reference, final: ({ sum }) => `final ${sum}` },
      },
    },
  });
  await chain.expect('{ band { final } }', { band: { final: 'final 9' } });
  await chain.expect('{ band { label final sum double } }', {
    band: { label: '<6>', final: 'final 9', sum: 9, double: 6 },
  });
});

test('a circle: two subgraphs that require of each other, by turns', async () => {
  const tales = [
    { id: 't1', teller: { id: 'w1', age: 8 } },
    { id: 't2', teller: { id: 'w2', age: 80 } },
  ];
  const circle = await composed({
    stage: {
      sdl: `type Query { tales: [Tale!]! } type Tale @key(fields: "id") { id: ID! young: Boolean! @external old: Boolean! @requires(fields: "young") }
        type Teller @key(fields: "id") { id: ID! age: Int! }`,
      resolvers: {
        Query: { tales: () => tales.map(({ id }) => ({ id })) },
        Tale: { __resolveReference: (reference) => reference, old: ({ young }) => young === false },
        Teller: { __resolveReference: byKey(tales.map(({ teller }) => teller)) },
      },
    },
    script: {
      sdl: `type Tale @key(fields: "id") { id: ID! teller: Teller! young: Boolean! @requires(fields: "teller { age }") }
        type Teller @key(fields: "id") { id: ID! age: Int! @external }`,
      resolvers: {
        Tale: {
          __resolveReference: byKey(tales, 'id', (tale, reference) => ({
            id: tale.id,
            teller: reference.teller ?? { id: tale.id === 't1' ? 'w1' : 'w2' },
          })),
          young: ({ teller }: { teller: { age: number } }) => teller.age < 18,
        },
      },
    },
  });
  await circle.expect('{ tales { old } }', { tales: [{ old: false }, { old: true }] });
  await circle.expect('{ tales { young old teller { id age } } }', {
    tales: [
      { young: true, old: false, teller: { id: 'w1', age: 8 } },
      { young: false, old: true, teller: { id: 'w2', age: 80 } },
    ],
  });
});

const garden = await composed({
  beds: {
    sdl: `type Query { beds: [Bed!]! } type Bed @key(fields: "id") { id: ID! plant: Plant any: Growth }
      interface Plant { height: Int! } interface Flowering implements Plant { height: Int! colour: String! }
      type Rose implements Plant & Flowering @shareable { height: Int! colour: String! thorns: Int! }
      type Fern implements Plant @shareable { height: Int! fronds: Int! } union Growth = Rose | Fern`,
    resolvers: {
      Query: {
        beds: () =>
          [{ id: 'rose' }, { id: 'fern' }, { id: 'bare' }].map(({ id }) => ({ id, ...planted(id) })),
      },
      Bed: { __resolveReference: ({ id }) => ({ id, ...planted(String(id)) }) },
    },
  },
  labels: {
    sdl: `type Bed @key(fields: "id") { id: ID! plant: Plant @external any: Growth @external
        tall: Boolean @requires(fields: "plant { height }")
        sign: String @requires(fields: "plant { height ... on Flowering { colour ... on Rose { thorns } } ... on Fern { fronds } }")
        kind: String @requires(fields: "any { ... on Rose { thorns } ... on Fern { fronds } }") }
      interface Plant { height: Int! } interface Flowering implements Plant { height: Int! colour: String! }
      type Rose implements Plant & Flowering @shareable { height: Int! colour: String! thorns: Int! }
      type Fern implements Plant @shareable { height: Int! fronds: Int! } union Growth = Rose | Fern`,
    resolvers: {
      Bed: {
        __resolveReference: (reference) => reference,
        tall: ({ plant }: { plant: { height: number } | null }) => plant && plant.height > 50,
        sign: ({ plant }) => JSON.stringify(plant),
        kind: ({ any }) => JSON.stringify(any),
      },
    },
  },
});

function planted(id: string): Row {
  const plants: Record<string, Row | null> = {
    rose: { __typename: 'Rose', height: 90, colour: 'red', thorns: 12 },
    fern: { __typename: 'Fern', height: 30, fronds: 7 },
    bare: null,
  };
  return { plant: plants[id] ?? null, any: plants[id] ?? null };
}

test('requirements on an interface: a field of all its types, of any type that stands there', async () => {
  await garden.expect('{ beds { tall } }', { beds: [{ tall: true }, { tall: false }, { tall: null }] });
});

test('requirements with fragments: each type sends what is asked of it, and no more', async () => {
  const { data } = await garden.ask('{ beds { sign kind } }');
  assert.deepEqual(parsed(data), [
    [{ height: 90, colour: 'red', thorns: 12 }, { thorns: 12 }],
    [{ height: 30, fronds: 7 }, { fronds: 7 }],
    [null, null],
  ]);
  const apollo = await garden.ask('{ beds { sign kind } }', { planner: 'apollo' });
  assert.deepEqual(parsed(apollo.data), parsed(data));
});

/** The signs and kinds, without the types that a planner may send along. */
function parsed(data: unknown): unknown[] {
  const { beds }: { beds: { sign: string; kind: string }[] } = JSON.parse(JSON.stringify(data));
  const plain = (text: string) =>
    JSON.parse(text, (key, value) => (key === '__typename' ? undefined : value));
  return beds.map(({ sign, kind }) => [plain(sign), plain(kind)]);
}
