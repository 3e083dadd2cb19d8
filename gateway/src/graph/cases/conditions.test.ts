/** `@skip` and `@include`, with literals and variables, at every level; mutations one after another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, composed, type Row } from '../testing/composed.fixture.ts';

const jobs: Row[] = [{ id: 'j', __typename: 'Job', title: 'Cook', pay: 10, boss: { id: 'b' } }];

const firm = await composed({
  jobs: {
    sdl: `type Query { job: Job other: Job work: Work } interface Work { id: ID! } type Job implements Work @key(fields: "id") { id: ID! title: String pay: Int boss: Boss } type Boss @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { job: () => jobs[0], other: () => jobs[0], work: () => jobs[0] },
      Job: { __resolveReference: byKey(jobs) },
    },
  },
  tax: {
    sdl: 'type Job @key(fields: "id") { id: ID! pay: Int @external net: Int @requires(fields: "pay") never: Int @requires(fields: "pay") }',
    resolvers: {
      Job: {
        __resolveReference: (reference) => reference,
        net: ({ pay }: { pay: number }) => pay - 3,
        never: () => assert.fail('nobody included it'),
      },
    },
  },
  people: {
    sdl: 'type Boss @key(fields: "id") { id: ID! name: String mentor: Boss }',
    resolvers: {
      Boss: { __resolveReference: (reference) => reference, name: () => 'Bea', mentor: () => ({ id: 'm' }) },
    },
  },
});

for (const on of [true, false]) {
  test(`every level, with $on = ${on}`, async () => {
    const query = `query ($on: Boolean!, $off: Boolean = false) {
      job @include(if: $on) { title }
      other @skip(if: $off) { id net @include(if: $on) never @include(if: $off) boss { name @skip(if: $on) mentor @include(if: $on) { id name @skip(if: $off) } } }
      work { ... on Job @include(if: $on) { pay never @skip(if: true) } ...F @skip(if: $on) } }
      fragment F on Job { net @include(if: true) boss @skip(if: $off) { id } }`;
    await firm.expect(
      query,
      on
        ? {
            job: { title: 'Cook' },
            other: { id: 'j', net: 7, boss: { mentor: { id: 'm', name: 'Bea' } } },
            work: { pay: 10 },
          }
        : { other: { id: 'j', boss: { name: 'Bea' } }, work: { net: 7, boss: { id: 'b' } } },
      { variables: { on } },
    );
  });
}

test('both directives on one field: it counts where neither takes it away', async () => {
  const query = 'query ($a: Boolean!, $b: Boolean!) { job { id title @skip(if: $a) @include(if: $b) } }';
  for (const [a, b, there] of [
    [false, true, true],
    [true, true, false],
    [false, false, false],
    [true, false, false],
  ] as const) {
    await firm.expect(
      query,
      { job: there ? { id: 'j', title: 'Cook' } : { id: 'j' } },
      { variables: { a, b } },
    );
  }
});

test('an object whose fields are all skipped is an empty object, and an operation an empty answer', async () => {
  await firm.expect('{ job { title @skip(if: true) } }', { job: {} });
  await firm.expect('{ job { boss { name @include(if: false) } net @skip(if: true) } }', {
    job: { boss: {} },
  });
  await firm.expect('{ job @skip(if: true) { id } }', {});
});

test('what is skipped is not fetched: no subgraph is asked for it alone', async () => {
  const { calls } = await firm.ask(
    'query ($on: Boolean!) { job { id net @include(if: $on) boss @include(if: $on) { name } } }',
    {
      variables: { on: false },
    },
  );
  assert.deepEqual(
    calls.map(({ subgraph }) => subgraph),
    ['jobs'],
  );
});

let log: string[] = [];
const tally: { value: number } = { value: 0 };
const step =
  (name: string, next: (value: number, by: number) => number) =>
  (_root: Row, { by = 0 }: { by?: number }) => {
    log.push(name);
    tally.value = next(tally.value, by);
    return { id: String(tally.value), value: tally.value };
  };
const counting = await composed({
  plus: {
    sdl: 'type Query { tally: Tally } type Mutation { add(by: Int!): Tally! fail: Int! } type Tally @key(fields: "id") { id: ID! value: Int! }',
    resolvers: {
      Query: { tally: () => ({ id: String(tally.value), value: tally.value }) },
      Mutation: {
        add: step('add', (value, by) => value + by),
        fail: () => {
          throw new Error('no');
        },
      },
    },
  },
  times: {
    sdl: 'type Mutation { times(by: Int!): Tally! reset: Tally } type Tally @key(fields: "id") { id: ID! seen: String! }',
    resolvers: {
      Mutation: { times: step('times', (value, by) => value * by), reset: step('reset', () => 0) },
      Tally: {
        __resolveReference: (reference) => reference,
        seen: ({ id }) => {
          log.push(`seen ${id}`);
          return `${id} of ${tally.value}`;
        },
      },
    },
  },
});

test('mutations run in the order in which they stand, each with all that is selected below it', async () => {
  const query =
    'mutation { reset { id } five: add(by: 5) { value seen } ten: times(by: 2) { id seen } two: add(by: -8) { seen } last: times(by: 3) { id } }';
  for (const planner of ['auto', 'apollo'] as const) {
    log = [];
    const { data } = await counting.ask(query, { planner });
    assert.deepEqual(data, {
      reset: { id: '0' },
      five: { value: 5, seen: '5 of 5' },
      ten: { id: '10', seen: '10 of 10' },
      two: { seen: '2 of 2' },
      last: { id: '6' },
    });
    assert.deepEqual(log, ['reset', 'add', 'seen 5', 'times', 'seen 10', 'add', 'seen 2', 'times']);
  }
});

test('one mutation in two fragments runs once; a failed one does not keep the next from running', async () => {
  log = [];
  await counting.expect(
    'mutation { reset { id } ...A ...B } fragment A on Mutation { add(by: 2) { id } } fragment B on Mutation { add(by: 2) { value } }',
    { reset: { id: '0' }, add: { id: '2', value: 2 } },
  );
  assert.deepEqual(log, ['reset', 'add', 'reset', 'add'], 'once for each planner');
  log = [];
  await counting.expect('mutation { reset { id } fail add(by: 1) { id } }', null, { errors: [['fail']] });
  assert.deepEqual(log.slice(0, 2), ['reset', 'add']);
});
