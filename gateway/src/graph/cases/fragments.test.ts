/** One key in several fragments: with other types, other arguments, other selections; `__typename` under any name. */
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const pets: Row[] = [
  { __typename: 'Cat', id: 'c', size: 4, sound: 'miau', owner: { id: 'o1' }, toys: ['ball'] },
  {
    __typename: 'Dog',
    id: 'd',
    size: 'large',
    sound: 'wuff',
    nick: 'Rex',
    owner: { id: 'o2' },
    toys: ['bone', 'ball'],
  },
];
const owners: Row[] = [
  { id: 'o1', name: 'Olga', age: 30 },
  { id: 'o2', name: 'Otto', age: 40 },
];
const loud = ({ sound }: Row, { times = 1 }: { times?: number }) => `${sound}`.repeat(times);
const some = ({ toys }: { toys: string[] }, { first }: { first?: number }) => toys.slice(0, first);

const home = await composed({
  pets: {
    sdl: `type Query { pets: [Pet!]! any: [Any] first: Pet } interface Pet { id: ID! sound(times: Int): String owner: Owner toys(first: Int): [String!] } union Any = Cat | Dog | Owner
      type Cat implements Pet @key(fields: "id") { id: ID! size: Int sound(times: Int): String owner: Owner toys(first: Int): [String!] }
      type Dog implements Pet @key(fields: "id") { id: ID! size: String! nick: String sound(times: Int): String owner: Owner toys(first: Int): [String!] }
      type Owner @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        pets: () => pets,
        any: () => [...pets, { __typename: 'Owner', id: 'o1' }],
        first: () => pets[0],
      },
      Cat: { __resolveReference: byKey(pets), sound: loud, toys: some },
      Dog: { __resolveReference: byKey(pets), sound: loud, toys: some },
    },
  },
  people: {
    sdl: `type Owner @key(fields: "id") { id: ID! name(short: Boolean = false): String age: Int friend: Owner }`,
    resolvers: {
      Owner: {
        __resolveReference: byKey(owners),
        name: ({ name }, { short }) => (short ? String(name)[0] : name),
        friend: ({ id }) => owners.find((owner) => owner.id !== id),
      },
    },
  },
  vets: {
    sdl: 'type Cat @key(fields: "id") { id: ID! weight: Float } type Dog @key(fields: "id") { id: ID! weight: Int }',
    resolvers: {
      Cat: { __resolveReference: (reference) => reference, weight: () => 3.5 },
      Dog: { __resolveReference: (reference) => reference, weight: () => 20 },
    },
  },
});

test('one key, of another type in each fragment', async () => {
  await home.expect('{ pets { ... on Cat { it: sound } ... on Dog { it: nick } } }', {
    pets: [{ it: 'miau' }, { it: 'Rex' }],
  });
  await home.expect('{ pets { ... on Cat { a: size b: weight } ... on Dog { c: size d: weight } } }', {
    pets: [
      { a: 4, b: 3.5 },
      { c: 'large', d: 20 },
    ],
  });
});

test('one key, with other arguments in each fragment', async () => {
  await home.expect(
    'query ($n: Int = 3) { pets { ... on Cat { sound(times: 2) toys(first: 0) } ... on Dog { sound(times: $n) toys } } }',
    {
      pets: [
        { sound: 'miaumiau', toys: [] },
        { sound: 'wuffwuffwuff', toys: ['bone', 'ball'] },
      ],
    },
  );
  await home.expect(
    '{ pets { sound ... on Cat { x: sound(times: 2) } ... on Dog { x: sound(times: 1) y: sound } } }',
    {
      pets: [
        { sound: 'miau', x: 'miaumiau' },
        { sound: 'wuff', x: 'wuff', y: 'wuff' },
      ],
    },
  );
});

test('entity fields with other arguments in each fragment, at one place', async () => {
  await home.expect('{ pets { ... on Cat { owner { name(short: true) } } ... on Dog { owner { name } } } }', {
    pets: [{ owner: { name: 'O' } }, { owner: { name: 'Otto' } }],
  });
});

test('one key in many fragments is one field with all their selections, in the order of its first place', async () => {
  await home.expect(
    `{ first { ...A owner { friend { id } } ... { ...B } ... on Pet { owner { friend { name } } } } }
      fragment A on Pet { owner { name } } fragment B on Cat { id owner { age friend { age } } }`,
    {
      first: { owner: { name: 'Olga', friend: { id: 'o2', age: 40, name: 'Otto' }, age: 30 }, id: 'c' },
    },
  );
});

test('a client’s names may be those of other fields, of keys and of requirements', async () => {
  await home.expect('{ id: pets { id: sound owner: id name: owner { id: name age: id name: age } } }', {
    id: [
      { id: 'miau', owner: 'c', name: { id: 'Olga', age: 'o1', name: 30 } },
      { id: 'wuff', owner: 'd', name: { id: 'Otto', age: 'o2', name: 40 } },
    ],
  });
});

test('names that planners keep for themselves are a client’s like any other', async () => {
  await home.expect(
    '{ _internal_pets: pets { _internal_fd_id: sound _internal_qp_alias_0: owner { _e0: name id__alias_0: age } } }',
    {
      _internal_pets: [
        { _internal_fd_id: 'miau', _internal_qp_alias_0: { _e0: 'Olga', id__alias_0: 30 } },
        { _internal_fd_id: 'wuff', _internal_qp_alias_0: { _e0: 'Otto', id__alias_0: 40 } },
      ],
    },
  );
});

test('__typename everywhere: at the root, aliased, alone, several times, within every kind of type', async () => {
  await home.expect(
    '{ __typename q: __typename first { t: __typename __typename owner { o: __typename friend { __typename } } } }',
    {
      __typename: 'Query',
      q: 'Query',
      first: { t: 'Cat', __typename: 'Cat', owner: { o: 'Owner', friend: { __typename: 'Owner' } } },
    },
  );
  await home.expect(
    '{ any { kind: __typename ... on Pet { as: __typename } ... on Owner { __typename } } }',
    {
      any: [
        { kind: 'Cat', as: 'Cat' },
        { kind: 'Dog', as: 'Dog' },
        { kind: 'Owner', __typename: 'Owner' },
      ],
    },
  );
  await home.expect('{ pets { ... on Dog { id: __typename } name: __typename } }', {
    pets: [{ name: 'Cat' }, { id: 'Dog', name: 'Dog' }],
  });
  await home.expect('{ __typename }', { __typename: 'Query' });
  await home.expect('{ pets { weight: __typename ... on Cat { __typename: weight } } }', {
    pets: [{ weight: 'Cat', __typename: 3.5 }, { weight: 'Dog' }],
  });
});
