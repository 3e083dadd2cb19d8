/** Federations and operations that once were answered wrongly, as small as they got, each by the name of its fault. */
import type { Federation } from '../testing/federation.fixture.ts';
import type { PlannerName } from '../testing/federation-run.fixture.ts';

export interface NamedCase extends Federation {
  readonly fault: string;
  /** Planners that have no right plan for it: they must refuse it, and nothing else. */
  readonly unplannedBy?: readonly PlannerName[];
}

export const CASES: readonly NamedCase[] = [
  {
    fault: 'an item that failed in a required list of leaves was sent on as a value',
    subgraphs: {
      a: `type Query { t: T }
        type T @key(fields: "id") { id: ID! list: [[String!]] @external sum: String @requires(fields: "list") }`,
      b: 'type T @key(fields: "id") { id: ID! list: [[String!]] }',
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', list: [['x'], { error: 'secret' }], sum: 'sum' },
      },
    },
    operations: [{ query: '{ t { sum } }', variables: {} }],
  },
  {
    fault: 'an item that failed within a list in a required list was sent on as a value',
    subgraphs: {
      a: `type Query { ts: [[T]!] }
        type T @key(fields: "id") { id: ID! list: [[ID]] @external sum: String @requires(fields: "list") }`,
      b: 'type T @key(fields: "id") { id: ID! list: [[ID]] }',
    },
    data: {
      rows: {
        Query: { __typename: 'Query', ts: [[], [{ ref: 'T1' }, null, { ref: 'T2' }]] },
        T1: { __typename: 'T', id: '1', list: null, sum: 'sum' },
        T2: { __typename: 'T', id: '2', list: [['7', { error: 'secret' }, null]], sum: 'sum' },
      },
    },
    operations: [{ query: '{ ts { sum } }', variables: {} }],
  },
  {
    fault:
      'a chain of requirements that leads back to the subgraph it began in was asked for without its own',
    unplannedBy: ['apollo'],
    subgraphs: {
      a: `type Query { t: T }
        type T @key(fields: "id") { id: ID! one: String @external two: String @requires(fields: "one") }`,
      b: `type T @key(fields: "id") { id: ID! two: String @external three: String @requires(fields: "two") }`,
      c: 'type T @key(fields: "id") { id: ID! one: String }',
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', one: 'one', two: 'two', three: 'three' },
      },
    },
    operations: [{ query: '{ t { three } }', variables: {} }],
  },
  {
    fault: 'an external object was asked for where the fields below it are shareable',
    unplannedBy: ['apollo'],
    subgraphs: {
      a: `type Query { t: T }
        type T @key(fields: "id") { id: ID! box: [Box]! @external two: String @requires(fields: "box { w }") }
        type Box @shareable { w: String }`,
      b: `type T @key(fields: "id") {
          id: ID! box: [Box]! two: String @external three: String @requires(fields: "two")
        }
        type Box @shareable { w: String }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', box: [{ ref: 'Box' }], two: 'two', three: 'three' },
        Box: { __typename: 'Box', w: 'w' },
      },
    },
    operations: [{ query: '{ t { three } }', variables: {} }],
  },
];
