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
  {
    fault: 'a requirement that failed took with it the fields of its fetch that require nothing',
    subgraphs: {
      a: `type Query { t: T }
        type T @key(fields: "id") { id: ID! list: [String] }`,
      b: `type T @key(fields: "id") {
          id: ID! list: [String] @external own: String! sum: String @requires(fields: "list")
        }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', list: [{ error: 'secret' }], own: 'own', sum: 'sum' },
      },
    },
    operations: [
      { query: '{ t { own sum } }', variables: {} },
      { query: '{ t { sum } }', variables: {} },
      { query: '{ t { list own } }', variables: {} },
    ],
  },
  {
    fault: 'a key of one type was compared with a field of another',
    subgraphs: {
      a: `type A implements I @key(fields: "id") { id: ID! x: String @external sum: String @requires(fields: "x") }
        type B implements I @key(fields: "code") { id: ID! code: String! }
        interface I { id: ID! }`,
      b: `type Query { i: I }
        interface I { more: String }
        type A implements I @key(fields: "id") { id: ID! x: String more: String @shareable }
        type B implements I @key(fields: "code") { code: String! more: String @shareable }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', i: { ref: 'B' } },
        B: { __typename: 'B', id: '1', code: 'c', more: 'more' },
      },
    },
    operations: [{ query: '{ i { id ... on A { sum } } }', variables: {} }],
  },
  {
    fault: 'an object was asked for without a selection, in a batch of two types of depth',
    unplannedBy: ['hive'],
    subgraphs: {
      a: `type Query { t: T! }
        type T @key(fields: "id") { id: ID! size: Int r: T! @shareable }`,
      b: `type T @key(fields: "id") {
          id: ID! own: Boolean r: T! @shareable size: Int @external sum: String @requires(fields: "size")
        }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', size: 1, own: true, r: { ref: 'T' }, sum: 'sum' },
      },
    },
    operations: [{ query: '{ t { r { r { id sum } } own } }', variables: {} }],
  },
  {
    fault: 'an interface object whose type was lost with its fields was told as an empty object',
    subgraphs: {
      a: `interface N @key(fields: "id") { id: ID! label: String }
        type A implements N @key(fields: "id") { id: ID! label: String own: String! }
        type B implements N @key(fields: "id") { id: ID! label: String }`,
      b: `type Query { n: N ns: [N] }
        type N @key(fields: "id") @interfaceObject { id: ID! far: Int }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', n: { ref: 'A' }, ns: [{ ref: 'B' }, { ref: 'A' }] },
        A: { __typename: 'A', id: '1', far: 1, label: 'a', own: { error: 'secret' } },
        B: { __typename: 'B', id: '2', far: 2, label: { error: 'secret' } },
      },
    },
    operations: [
      { query: '{ n { ... on A { own } } }', variables: {} },
      { query: '{ ns { id far __typename ... on A { own } } }', variables: {} },
      { query: '{ ns { id far label } }', variables: {} },
    ],
  },
  {
    fault: 'a fetch that named two keys, one of which it was itself to bring, was never sent',
    subgraphs: {
      a: `type Query { t: T! }
        type T @key(fields: "ref { x y }") { ref: R! }
        type R { x: Int! y: String! }`,
      b: `type T @key(fields: "region code") {
          region: String! code: String! far: String! @external box: Box! @external
          two: String @requires(fields: "far box { w in { v } }")
        }
        type Box @shareable { w: String in: [In] } type In @shareable { v: String }`,
      c: `type T @key(fields: "ref { x y }") @key(fields: "region code") {
          ref: R! region: String! code: String! box: Box!
          two: String @external label: String @external three: String @requires(fields: "two label")
        }
        type R { x: Int! y: String! }
        type Box @shareable { w: String in: [In] } type In @shareable { v: String }`,
      d: 'type T @key(fields: "region code") { region: String! code: String! label: String far: String! }',
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        R: { __typename: 'R', x: 1, y: 'y' },
        Box: { __typename: 'Box', w: 'w', in: null },
        T: {
          __typename: 'T',
          ref: { ref: 'R' },
          region: 'r',
          code: 'c',
          far: 'far',
          box: { ref: 'Box' },
          label: 'label',
          two: 'two',
          three: 'three',
        },
      },
    },
    operations: [{ query: '{ t { three } }', variables: {} }],
  },
  {
    fault: 'what an interface object told for one type overwrote what another type calls by the same name',
    subgraphs: {
      a: `interface N @key(fields: "id") { id: ID! }
        type A implements N @key(fields: "id") { id: ID! }
        type B implements N @key(fields: "id") { id: ID! label: String }`,
      b: `type Query { n: N! ns: [N] }
        type N @key(fields: "id") @interfaceObject { id: ID! far(x: Int): String more: String }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', n: { ref: 'B' }, ns: [{ ref: 'A' }, { ref: 'B' }] },
        A: { __typename: 'A', id: '1', far: 'far', more: 'more' },
        B: { __typename: 'B', id: '2', far: 'far', more: 'more', label: null },
      },
    },
    operations: [
      { query: '{ n { ... on A { both: more } ... on B { both: label } } }', variables: {} },
      { query: '{ ns { ... on A { both: more } ... on B { both: label more } } }', variables: {} },
      { query: '{ ns { ... on A { far(x: 1) } ... on B { far(x: 2) } } }', variables: {} },
    ],
  },
  {
    fault: 'a subgraph was asked for a member that its own union does not have',
    subgraphs: {
      a: 'type Query { t: T } type T @key(fields: "id") { id: ID! }',
      b: `type T @key(fields: "id") { id: ID! u: U! @shareable }
        type S @key(fields: "id") { id: ID! v: U }
        type V @shareable { y: ID }
        union U = S | V`,
      c: `type T @key(fields: "id") { id: ID! u: U! @shareable }
        type V @shareable { y: ID }
        union U = T | V`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', t: { ref: 'T' } },
        T: { __typename: 'T', id: '1', u: { ref: 'V' } },
        V: { __typename: 'V', y: 'y' },
      },
    },
    operations: [
      { query: '{ t { u { ... on S { v { ... on T { u { __typename } } } } } } }', variables: {} },
    ],
  },
  {
    fault: 'one entity fetch asked two types for fields of one name and of types that cannot be merged',
    unplannedBy: ['hive'],
    subgraphs: {
      a: `type Query { i: I }
        interface I { id: ID! }
        type A implements I @key(fields: "id") { id: ID! }
        type B implements I @key(fields: "id") { id: ID! }`,
      b: `interface I { note: String }
        type A implements I @key(fields: "id") { id: ID! note: String! }
        type B implements I @key(fields: "id") { id: ID! note: String }`,
    },
    data: {
      rows: {
        Query: { __typename: 'Query', i: { ref: 'B' } },
        B: { __typename: 'B', id: '1', note: 'note' },
      },
    },
    operations: [{ query: '{ i { note } }', variables: {} }],
  },
];
