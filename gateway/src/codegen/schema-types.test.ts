import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesWith } from './package-folder.fixture.ts';
import { schemaTypes } from './schema-types.ts';

const SCHEMA = `
  type Query { dashboard(first: Int! = 3, tiers: [Tier!]): Dashboard!  hits: [Hit!] }
  type Mutation { order: Dashboard }
  "What comes first."
  type Dashboard { tier: Tier! @rateLimit(limit: 1) hits: [Hit!]! note: String }
  union Hit = Product | Store
  type Product { upc: ID! }
  type Store { name: String! }
  enum Tier { GOLD SILVER }
`;

describe("the types of a BFF's own schema", () => {
  const text = schemaTypes(SCHEMA, 'schema.graphql', { scalars: {}, scopes: ['a:b'] });

  it('are what each type answers', () => {
    assert.match(
      text,
      /\/\*\* What comes first\. \*\/\nexport interface Dashboard \{\n {2}readonly __typename\?: 'Dashboard';\n {2}readonly tier: Tier;\n {2}readonly hits: readonly Hit\[\];\n {2}readonly note: string \| null;\n\}/,
    );
    assert.deepEqual(linesWith(text, 'Hit ='), ['export type Hit = Product | Store;']);
    // Where others may stand, a value says which it is.
    assert.deepEqual(linesWith(text, "'Product'"), ["readonly __typename: 'Product';"]);
  });

  it('say of each operation what it answers and what it is told', () => {
    assert.deepEqual(linesWith(text, 'readonly answer'), [
      'readonly answer: Dashboard;',
      'readonly answer: readonly Hit[];',
      // A flow may answer with nothing.
      'readonly answer: Dashboard | null;',
    ]);
    assert.deepEqual(linesWith(text, 'readonly first'), ['readonly first?: number;']);
    assert.deepEqual(linesWith(text, 'readonly tiers'), ['readonly tiers?: readonly Tier[] | null;']);
    assert.deepEqual(linesWith(text, 'readonly live'), ['readonly live: Readonly<Record<never, never>>;']);
    assert.deepEqual(linesWith(text, 'a:b'), ["'a:b',"]);
  });

  it('are refused with the place of what is wrong', () => {
    const wrong = (source: string) => () => schemaTypes(source, 'src/schema.graphql', { scalars: {} });
    assert.throws(wrong('type Query {\n  a: \n}'), { message: /^src\/schema\.graphql:3:1: Syntax Error/ });
    assert.throws(wrong('type Query { a: B }'), { message: /^src\/schema\.graphql: Unknown type: "B"/ });
    assert.throws(wrong('scalar M\ntype Query { a: M }'), {
      message: /^src\/schema\.graphql: scalar M: say/,
    });
  });
});
