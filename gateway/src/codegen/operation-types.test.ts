import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema } from 'graphql';
import { operationTypes } from './operation-types.ts';
import { linesWith } from './package-folder.fixture.ts';
import { TypesError } from './types-error.ts';

const SCHEMA = buildSchema(`
  type Query { orders(user: ID!, first: Int = 3): [Order!]!  now: Int! }
  type Order { id: ID!  status: Status! }
  enum Status { OPEN CLOSED }
`);

function make(files: Readonly<Record<string, string>>): string {
  const list = Object.entries(files).map(([shown, text]) => ({ shown, text }));
  return operationTypes(list, SCHEMA, {});
}

function faults(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    make(files);
  } catch (error) {
    assert.ok(error instanceof TypesError);
    return error.faults;
  }
  return [];
}

describe("a team's operations on the graph", () => {
  it('are documents of what they answer and what they take', () => {
    const text = make({
      'a.graphql':
        'query Orders($user: ID!, $first: Int = 2) { orders(user: $user, first: $first) { ...Row } }',
      'b.graphql': 'fragment Row on Order { id status } query Now { now }',
    });
    assert.deepEqual(linesWith(text, 'export'), [
      'export interface OrdersData {',
      'export interface OrdersVariables {',
      'export const Orders = document<OrdersData, OrdersVariables>(`',
      'export interface NowData {',
      'export const Now = document<NowData>(`',
      'export interface RowData {',
      "export type Status = 'OPEN' | 'CLOSED';",
    ]);
    assert.deepEqual(linesWith(text, 'first'), [
      'readonly first?: number | null;',
      'query Orders($user: ID!, $first: Int = 2) {',
      'orders(user: $user, first: $first) {',
    ]);
    // Each carries the fragments that it spreads, and no others.
    assert.equal(linesWith(text, 'fragment Row on Order').length, 1);
  });

  it('that do not hold are refused, each with its place', () => {
    assert.deepEqual(
      faults({
        'src/a.graphql': 'query A {\n  orders(user: 1) { nr }\n}',
        'src/b.graphql': 'query B($x: Int!) { now }\n{ now }\nquery A { now }',
      }),
      [
        'src/b.graphql:2:1: the operation has no name: expected query NAME { … }, which its type is called by',
        'src/a.graphql:2:21: Cannot query field "nr" on type "Order".',
        'src/b.graphql:1:9: Variable "$x" is never used in operation "B".',
        'src/a.graphql:1:7: There can be only one operation named "A".',
      ],
    );
    assert.match(faults({ 'src/c.graphql': 'query {' }).join(), /^src\/c\.graphql:1:8: Syntax Error/);
  });

  it('keep their names where the schema has them too', () => {
    const text = make({ 'a.graphql': 'query Status { orders(user: "1") { status } }' });
    assert.deepEqual(linesWith(text, 'status:'), ['readonly status: Status2;']);
    assert.deepEqual(linesWith(text, 'Status2 ='), ["export type Status2 = 'OPEN' | 'CLOSED';"]);
  });
});
