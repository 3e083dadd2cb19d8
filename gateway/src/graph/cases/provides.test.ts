/** `@provides`: nested, on interfaces, on unions; only what the client asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

function never(): never {
  throw new Error('this subgraph need not be asked');
}

const songs: Row[] = [
  { id: 's1', name: 'Song', writer: { id: 'w1', name: 'Wren', town: { id: 't1', name: 'Tal' } } },
];

const music = await composed({
  charts: {
    sdl: `type Query { top: [Song!]! @provides(fields: "name writer { name town { name } }") }
      type Song @key(fields: "id") { id: ID! name: String! @external writer: Writer @external }
      type Writer @key(fields: "id") { id: ID! name: String! @external town: Town @external }
      type Town @key(fields: "id") { id: ID! name: String @external }`,
    resolvers: { Query: { top: () => songs }, Song: { name: asked('name') } },
  },
  archive: {
    sdl: `type Song @key(fields: "id") { id: ID! name: String! @shareable writer: Writer @shareable length: Int }
      type Writer @key(fields: "id") { id: ID! name: String! @shareable town: Town @shareable }
      type Town @key(fields: "id") { id: ID! name: String @shareable }`,
    resolvers: {
      Song: { __resolveReference: byKey(songs), length: () => 180, name: never, writer: never },
      Writer: { __resolveReference: never },
      Town: { __resolveReference: never },
    },
  },
});

let askedFor: string[] = [];
function asked(field: string) {
  return (row: Row) => {
    askedFor.push(field);
    return row[field];
  };
}

test('nested provisions: all levels come in the fetch that provides them', async () => {
  await music.expect('{ top { name writer { name town { name } } } }', {
    top: [{ name: 'Song', writer: { name: 'Wren', town: { name: 'Tal' } } }],
  });
  const { calls } = await music.ask('{ top { name writer { town { name } } } }');
  assert.equal(calls.length, 1);
});

test('provided fields that nobody selects are not fetched, and those beside them come from their owner', async () => {
  askedFor = [];
  await music.expect('{ top { writer { name } length } }', {
    top: [{ writer: { name: 'Wren' }, length: 180 }],
  });
  assert.deepEqual(askedFor, []);
  await music.expect('{ top { title: name length } }', { top: [{ title: 'Song', length: 180 }] });
  await music.expect('{ top { ... on Song @skip(if: true) { name } id } }', { top: [{ id: 's1' }] });
  assert.deepEqual(askedFor, ['name', 'name'], 'by the alias alone');
});

const beasts: Row[] = [
  { __typename: 'Horse', id: 'h', name: 'Hector', legs: 4 },
  { __typename: 'Eagle', id: 'e', name: 'Erna', span: 2 },
];

test('provisions on an interface: its types need not be entities of the subgraph that provides them', async () => {
  const zoo = await composed({
    tour: {
      sdl: `type Query { stop: Stop @shareable @provides(fields: "beasts { id name }") }
        interface Stop { id: ID! beasts: [Beast] } interface Beast { id: ID! name: String }
        type Cage implements Stop { id: ID! @shareable beasts: [Beast] @external }
        type Horse implements Beast { id: ID! @external name: String @external }
        type Eagle implements Beast { id: ID! @external name: String @external }`,
      resolvers: { Query: { stop: () => ({ __typename: 'Cage', id: 'c1', beasts }) } },
    },
    keepers: {
      sdl: `interface Stop { id: ID! beasts: [Beast] } interface Beast { id: ID! name: String }
        type Cage implements Stop @key(fields: "id") { id: ID! beasts: [Beast] @shareable }
        type Horse implements Beast @key(fields: "id") { id: ID! name: String @shareable legs: Int }
        type Eagle implements Beast @key(fields: "id") { id: ID! name: String @shareable span: Int }`,
      resolvers: {
        Cage: { __resolveReference: () => ({ id: 'c1', beasts }) },
        Horse: { __resolveReference: byKey(beasts) },
        Eagle: { __resolveReference: byKey(beasts) },
      },
    },
  });
  await zoo.expect('{ stop { id beasts { id name } } }', {
    stop: {
      id: 'c1',
      beasts: [
        { id: 'h', name: 'Hector' },
        { id: 'e', name: 'Erna' },
      ],
    },
  });
  await zoo.expect('{ stop { beasts { name ... on Horse { legs } ... on Eagle { span } } } }', {
    stop: {
      beasts: [
        { name: 'Hector', legs: 4 },
        { name: 'Erna', span: 2 },
      ],
    },
  });
});

test('provisions on a union hold for the members that they name, and for no other', async () => {
  const works: Row[] = [
    { __typename: 'Opera', id: 'o', title: 'Ode' },
    { __typename: 'Ballet', id: 'b', title: 'Barre' },
  ];
  const hall = await composed({
    tonight: {
      sdl: `type Query { works: [Work] @provides(fields: "... on Opera { title }") } union Work = Opera | Ballet
        type Opera @key(fields: "id") { id: ID! title: String @external } type Ballet @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { works: () => works } },
    },
    library: {
      sdl: `type Opera @key(fields: "id") { id: ID! title: String @shareable } type Ballet @key(fields: "id") { id: ID! title: String }`,
      resolvers: { Opera: { __resolveReference: never }, Ballet: { __resolveReference: byKey(works) } },
    },
  });
  await hall.expect('{ works { __typename ... on Opera { id title } ... on Ballet { title } } }', {
    works: [
      { __typename: 'Opera', id: 'o', title: 'Ode' },
      { __typename: 'Ballet', title: 'Barre' },
    ],
  });
  const { calls } = await hall.ask('{ works { ... on Opera { title } } }');
  assert.equal(calls.length, 1);
});
