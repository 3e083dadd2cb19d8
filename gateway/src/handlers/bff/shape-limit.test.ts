import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { bffGraphqlConfig } from './graphql-config.ts';
import { shapeLimit } from './shape-limit.ts';

const schema = buildSchema('type Query { a: A } type A { a: A b: Int }');

function faults(text: string, limits: Record<string, number>): string[] {
  const rule = shapeLimit(bffGraphqlConfig.parse({ limits }).limits);
  return validate(schema, parse(text), [rule]).map(({ message }) => message);
}

test('a document over a limit is refused by its name, fragments counted where they are spread', () => {
  assert.deepEqual(faults('{ a { ...F } } fragment F on A { a { b } }', { depth: 3 }), []);
  assert.deepEqual(faults('{ a { ...F } } fragment F on A { a { b } }', { depth: 2 }), [
    'The document exceeds the limit of 2 on its depth.',
  ]);
  assert.deepEqual(faults('{ x: a { b } y: a { b } }', { aliases: 1 }), [
    'The document exceeds the limit of 1 on its aliases.',
  ]);
  assert.match(faults('{ a { ...F } } fragment F on A { ...F }', {})[0] ?? '', /spreads itself/);
});
