import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { GraphqlTypes } from './graphql-types.ts';
import { SelectionTypes } from './selection-types.ts';

const SCHEMA = buildSchema(`
  type Query { me: User  hits: [Hit!]!  node: Node  matrix: [[Int]!] }
  union Hit = User | Shop | City
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String! nick: String friend: User }
  type Shop implements Node { id: ID! title: String! }
  type City { title: String! }
`);

/** The type of a query's answer, in one line. */
function typeOf(source: string): string {
  const { definitions } = parse(source);
  const operation = definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const query = SCHEMA.getQueryType();
  assert.ok(operation && query);
  const byName = new Map(fragments.map((one) => [one.name.value, one]));
  const types = new SelectionTypes(SCHEMA, new GraphqlTypes({}), byName);
  return types.selection(query, [operation.selectionSet]).replaceAll(/\s+/g, ' ');
}

describe('what a selection answers with', () => {
  const cases: Readonly<Record<string, string>> = {
    '{ me { id nick } }': '{ readonly me: { readonly id: string; readonly nick: string | null; } | null; }',
    '{ you: me { n: name } }': '{ readonly you: { readonly n: string; } | null; }',
    '{ matrix }': '{ readonly matrix: readonly (readonly (number | null)[])[] | null; }',
    // The same field twice is one field with both selections.
    '{ me { friend { id } } me { friend { name } } }':
      '{ readonly me: { readonly friend: { readonly id: string; readonly name: string; } | null; } | null; }',
    '{ me { ...F } } fragment F on User { ...G name } fragment G on Node { id }':
      '{ readonly me: { readonly id: string; readonly name: string; } | null; }',
    // What stands under a condition may be left out, unless it is also asked for without one.
    'query ($a: Boolean!) { me { id @include(if: $a) name @skip(if: $a) name ... @include(if: $a) { nick } } }':
      '{ readonly me: { readonly id?: string; readonly name: string; readonly nick?: string | null; } | null; }',
    '{ hits { __typename ... on User { name } ... on Shop { title } } }':
      "{ readonly hits: readonly ({ readonly __typename: 'User'; readonly name: string; } | { readonly __typename: 'Shop'; readonly title: string; } | { readonly __typename: 'City'; })[]; }",
    // Types of which the same is asked are one alternative.
    '{ hits { __typename ... on Shop { title } ... on City { title } } }':
      "{ readonly hits: readonly ({ readonly __typename: 'User'; } | { readonly __typename: 'Shop' | 'City'; readonly title: string; })[]; }",
    '{ node { id ... on User { name } } }':
      '{ readonly node: { readonly id: string; readonly name: string; } | { readonly id: string; } | null; }',
  };
  for (const [source, type] of Object.entries(cases)) it(source, () => assert.equal(typeOf(source), type));
});
