/** Interfaces that are entities, and subgraphs that know them as objects (`@interfaceObject`). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const assets: Row[] = [
  { __typename: 'Bond', id: '1', name: 'B', rate: 2.5 },
  { __typename: 'Stock', id: '2', name: 'S', shares: 9 },
];
const kinds = `interface Asset @key(fields: "id") { id: ID! name: String! }
  type Bond implements Asset @key(fields: "id") { id: ID! name: String! rate: Float }
  type Stock implements Asset @key(fields: "id") { id: ID! name: String! shares: Int }`;

const fund = await composed({
  registry: {
    sdl: `type Query { assets: [Asset!]! } ${kinds}`,
    resolvers: {
      Query: { assets: () => assets },
      Asset: { __resolveReference: byKey(assets) },
      Bond: { __resolveReference: byKey(assets) },
      Stock: { __resolveReference: byKey(assets) },
    },
  },
  risk: {
    sdl: `type Query { riskiest: [Asset!]! } type Asset @key(fields: "id") @interfaceObject { id: ID! risk: Int! grade: String! @requires(fields: "name") name: String! @external parent: Asset }`,
    resolvers: {
      Query: { riskiest: () => [{ id: '2' }, { id: '1' }] },
      Asset: {
        __resolveReference: (reference) => reference,
        risk: ({ id }) => Number(id) * 10,
        grade: ({ name }) => `${name}+`,
        parent: ({ id }) => (id === '1' ? { id: '2' } : null),
      },
    },
  },
});

test('its fields stand beside those of the types themselves', async () => {
  await fund.expect('{ assets { __typename id risk ... on Bond { rate } ... on Stock { shares } } }', {
    assets: [
      { __typename: 'Bond', id: '1', risk: 10, rate: 2.5 },
      { __typename: 'Stock', id: '2', risk: 20, shares: 9 },
    ],
  });
});

test('objects that begin there learn their type from the subgraph that knows it, when it matters', async () => {
  await fund.expect('{ riskiest { risk } }', { riskiest: [{ risk: 20 }, { risk: 10 }] });
  const { calls } = await fund.ask('{ riskiest { id risk } }');
  assert.deepEqual(
    calls.map(({ subgraph }) => subgraph),
    ['risk'],
  );
  await fund.expect('{ riskiest { __typename name ... on Stock { shares risk } } }', {
    riskiest: [
      { __typename: 'Stock', name: 'S', shares: 9, risk: 20 },
      { __typename: 'Bond', name: 'B' },
    ],
  });
});

test('requirements of an interface object come from the subgraph of its types', async () => {
  await fund.expect('{ riskiest { grade } assets { ... on Bond { grade } } }', {
    riskiest: [{ grade: 'S+' }, { grade: 'B+' }],
    assets: [{ grade: 'B+' }, {}],
  });
});

test('what is selected for some of its types costs the others nothing, though it is null there and may not be', async () => {
  const rated = await composed({
    registry: {
      sdl: `type Query { assets: [Asset!]! } ${kinds}`,
      resolvers: {
        Query: { assets: () => assets },
        Asset: { __resolveReference: byKey(assets) },
        Bond: { __resolveReference: byKey(assets) },
        Stock: { __resolveReference: byKey(assets) },
      },
    },
    risk: {
      sdl: 'type Query { riskiest: [Asset!]! } type Asset @key(fields: "id") @interfaceObject { id: ID! risk: Int! yield: Int! }',
      resolvers: {
        Query: { riskiest: () => [{ id: '2' }, { id: '1' }] },
        Asset: {
          __resolveReference: (reference) => reference,
          risk: ({ id }) => Number(id) * 10,
          yield: ({ id }) => (id === '1' ? 4 : null),
        },
      },
    },
  });
  await rated.expect('{ assets { name risk ... on Bond { yield } } }', {
    assets: [
      { name: 'B', risk: 10, yield: 4 },
      { name: 'S', risk: 20 },
    ],
  });
  await rated.expect('{ assets { name ... on Bond { yield } } }', {
    assets: [{ name: 'B', yield: 4 }, { name: 'S' }],
  });
  await rated.expect('{ assets { name risk ...B } } fragment B on Bond { yield }', {
    assets: [
      { name: 'B', risk: 10, yield: 4 },
      { name: 'S', risk: 20 },
    ],
  });
});

test('interface objects within interface objects', async () => {
  await fund.expect('{ assets { parent { name __typename parent { id } } } }', {
    assets: [{ parent: { name: 'S', __typename: 'Stock', parent: null } }, { parent: null }],
  });
});

test('a type that a third subgraph extends alone is reached through the interface', async () => {
  const wider = await composed({
    registry: {
      sdl: `type Query { one: Asset } ${kinds}`,
      resolvers: {
        Query: { one: () => assets[0] },
        Asset: { __resolveReference: byKey(assets) },
        Bond: { __resolveReference: byKey(assets) },
        Stock: { __resolveReference: byKey(assets) },
      },
    },
    folders: {
      sdl: 'type Query { folder: Folder } type Folder { asset: Asset } type Asset @key(fields: "id") @interfaceObject { id: ID! }',
      resolvers: { Query: { folder: () => ({ asset: { id: '1' } }) } },
    },
    tax: {
      sdl: 'extend type Bond @key(fields: "id") { id: ID! taxed: Boolean }',
      resolvers: { Bond: { __resolveReference: (reference) => reference, taxed: () => true } },
    },
  });
  await wider.expect('{ folder { asset { id ... on Bond { rate taxed } } } one { ... on Bond { taxed } } }', {
    folder: { asset: { id: '1', rate: 2.5, taxed: true } },
    one: { taxed: true },
  });
});

test('resolvable: false: an interface object that only refers; its types come from their owner', async () => {
  const refers = await composed({
    shelf: {
      sdl: 'type Query { pick: Asset! } type Asset @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }',
      resolvers: { Query: { pick: () => ({ id: '2' }) } },
    },
    registry: {
      sdl: kinds,
      resolvers: {
        Asset: { __resolveReference: byKey(assets) },
        Bond: { __resolveReference: byKey(assets) },
        Stock: { __resolveReference: byKey(assets) },
      },
    },
  });
  await refers.expect('{ pick { id } }', { pick: { id: '2' } });
  await refers.expect('{ pick { ... on Stock { id shares } ... on Bond { rate } } }', {
    pick: { id: '2', shares: 9 },
  });
});

test('an interface that no type implements where it is asked for cannot be answered', async () => {
  const empty = await composed({
    a: {
      sdl: 'type Query { thing: Thing } interface Thing @key(fields: "id") { id: ID! }',
      resolvers: { Query: { thing: () => ({ id: 1 }) } },
    },
    b: {
      sdl: 'type Query { other: Thing } type Thing @key(fields: "id", resolvable: false) @interfaceObject { id: ID! note: String }',
      resolvers: { Query: { other: () => ({ id: 1, note: 'n' }) } },
    },
  });
  await empty.expect('{ other { id note } }', { other: { id: '1', note: 'n' } });
  const { data, errors } = await empty.ask('{ thing { note } }');
  assert.deepEqual(
    [data, errors?.length],
    [undefined, 1],
    'refused, not answered with a null that nobody said',
  );
});
