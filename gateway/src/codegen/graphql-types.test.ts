import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema, isEnumType, isInputType, isScalarType } from 'graphql';
import { GraphqlTypes } from './graphql-types.ts';

const SCHEMA = buildSchema(`
  scalar Money
  scalar DateTime
  "How it stands."
  enum Status { OPEN CLOSED }
  input Filter { status: Status!, text: String, limit: Int! = 10, and: [Filter!] }
  type Query { a(filter: Filter): Int }
`);

describe('leaves and inputs of a GraphQL schema', () => {
  it('are what they are in JSON, enums declared once', () => {
    const types = new GraphqlTypes({ Money: 'number' });
    const leaf = (name: string): string => {
      const type = SCHEMA.getType(name);
      assert.ok(isScalarType(type) || isEnumType(type));
      return types.leaf(type);
    };
    assert.deepEqual(['Money', 'DateTime', 'Int', 'Status', 'Status'].map(leaf), [
      'number',
      'string',
      'number',
      'Status',
      'Status',
    ]);
    assert.deepEqual(types.declarations, [
      "/** How it stands. */\nexport type Status = 'OPEN' | 'CLOSED';\n",
    ]);
    assert.deepEqual(types.faults, []);
  });

  it('are refused where nobody says what a scalar is', () => {
    const types = new GraphqlTypes({});
    const money = SCHEMA.getType('Money');
    assert.ok(isScalarType(money));
    assert.equal(types.leaf(money), 'unknown');
    assert.match(types.faults.join(), /^scalar Money: say what it is in JSON, as scalars: { Money: string }/);
  });

  it('may be left out where the schema lets them, also within themselves', () => {
    const types = new GraphqlTypes({});
    const filter = SCHEMA.getType('Filter');
    assert.ok(isInputType(filter));
    assert.equal(types.input(filter), 'Filter | null');
    assert.equal(
      types.declarations[0],
      'export interface Filter {\n  readonly status: Status;\n  readonly text?: string | null;\n  readonly limit?: number;\n  readonly and?: readonly Filter[] | null;\n}\n',
    );
  });
});
