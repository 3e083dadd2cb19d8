import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { z } from 'zod';
import { defineBackends } from '../../../bff/definition.ts';
import { JsonTypes } from './json-types.ts';
import { operationEntry } from './operation-entry.ts';

const { part, screen } = defineBackends({}).takes(
  z.object({ id: z.string(), where: z.object({ near: z.string() }).optional() }),
);
const schema = buildSchema('type Query { "One." home(id: ID!): Home } type Home { a: Int }');

test('a screen is a GET: what it is told stands in its path and query, objects as JSON', () => {
  const home = screen({ path: '/homes/{id}', field: 'home', scopes: ['a:b'], parts: { a: part(() => 1) } });
  const field = schema.getQueryType()?.getFields().home ?? assert.fail();
  const options = { types: new JsonTypes(schema), security: [{ jwt: [] }, {}] };
  const { get } = JSON.parse(JSON.stringify(operationEntry(home, field, options)));
  assert.deepEqual([get.operationId, get.tags, get.security], ['home', ['screen'], [{ jwt: ['a:b'] }, {}]]);
  assert.deepEqual(
    get.parameters.map((one: { name?: string; in?: string; $ref?: string }) => [
      one.name ?? one.$ref,
      one.in,
    ]),
    [
      ['id', 'path'],
      ['where', 'query'],
      ['#/components/parameters/fields', undefined],
    ],
  );
  assert.ok(get.parameters[1].content['application/json'].schema);
  assert.deepEqual(Object.keys(get.responses), ['200', '304', '400', '401', '403', '429', '503', 'default']);
});
