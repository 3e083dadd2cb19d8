import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { Refusal } from '../refusal.ts';
import { graphLimitsConfig } from './limits.ts';
import { readDocument, refuseWrite } from './validate.ts';

const schema = buildSchema('type Query { a: Int deep: Query } type Mutation { m: Int }');

function read(
  text: string,
  more: { limits?: object; name?: string; queryOnly?: boolean; registered?: boolean } = {},
) {
  const options = { schema, limits: graphLimitsConfig.parse(more.limits ?? {}), introspection: false };
  const { queryOnly = false, registered = false } = more;
  return readDocument(options, text, more.name, { queryOnly, registered });
}

test('what a registered document may be longer and deeper than', () => {
  const deep = `{ ${'deep { '.repeat(12)}a${' }'.repeat(12)} }`;
  assert.throws(() => read(deep), { code: 'invalid_query' });
  assert.ok(!(read(deep, { registered: true }) instanceof Refusal));
  const long = `{ ${Array.from({ length: 400 }, (_, i) => `a${i}: a`).join(' ')} }`;
  assert.ok(read(long) instanceof Refusal);
  assert.ok(!(read(long, { registered: true }) instanceof Refusal));
  assert.ok(read(`{ ${'a '.repeat(5001)} }`, { registered: true }) instanceof Refusal);
});

test('a document deeper than the stack is refused, not the end of the process', () => {
  const bottomless = read(`{ ${'deep {'.repeat(200_000)}`, { limits: { tokens: 10_000_000 } });
  assert.ok(bottomless instanceof Refusal);
  assert.equal(bottomless.status, 400);
});

test('one operation is meant, and by GET it is no mutation', () => {
  const both = 'query Q { a } mutation M { m }';
  assert.ok(read(both) instanceof Refusal);
  const query = read(both, { name: 'Q', queryOnly: true });
  assert.ok(!(query instanceof Refusal) && refuseWrite(query.operation) === undefined);
  const mutation = read(both, { name: 'M', queryOnly: true });
  assert.ok(mutation instanceof Refusal && mutation.status === 405);
});
