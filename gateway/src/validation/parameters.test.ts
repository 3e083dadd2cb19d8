import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { checkParameters } from './parameters.ts';
import { load, operationOf } from './testing/openapi.ts';

interface Sent {
  readonly params?: Record<string, string>;
  readonly query?: string;
  readonly headers?: readonly string[];
}

const source = ({ params = {}, query = '', headers = [] }: Sent) => ({
  params,
  query,
  headers: HeaderFields.fromRaw(headers),
});

async function faults(parameters: readonly unknown[], sent: Sent, settings = {}): Promise<string[]> {
  const operation = await operationOf({ parameters }, {}, settings);
  return checkParameters(operation, source(sent)).map(
    ({ in: where, parameter, pointer, detail }) => `${where} ${parameter}${pointer}: ${detail}`,
  );
}

test('each place is read in its own way', async () => {
  const integer = { type: 'integer' };
  const list = { type: 'array', items: integer };
  const parameters = [
    { name: 'id', in: 'path', required: true, schema: integer },
    { name: 'ids', in: 'query', schema: list },
    {
      name: 'filter',
      in: 'query',
      style: 'deepObject',
      schema: { type: 'object', properties: { age: integer } },
    },
    {
      name: 'where',
      in: 'query',
      content: { 'application/json': { schema: { type: 'object', required: ['a'] } } },
    },
    { name: 'X-Ids', in: 'header', schema: list },
    { name: 'sid', in: 'cookie', schema: { type: 'string', minLength: 3 } },
    { name: 'flag', in: 'query', allowEmptyValue: true, schema: { type: 'boolean' } },
  ];
  assert.deepEqual(
    await faults(parameters, {
      params: { id: '7' },
      query: 'ids=1&ids=2&filter%5Bage%5D=3&where=%7B%22a%22:1%7D&flag',
      headers: ['X-Ids', '1, 2', 'X-Ids', '3', 'Cookie', 'a=b; sid=abc'],
    }),
    [],
  );
  assert.deepEqual(
    await faults(parameters, {
      params: { id: '7%20' },
      query: 'ids=1&ids=x&filter[age]=y&where={}&flag=x',
      headers: ['X-Ids', '1;2', 'Cookie', 'sid=%61'],
    }),
    [
      'path id: expected integer, found string',
      'query ids/1: expected integer, found string',
      'query filter/age: expected integer, found string',
      'query where/a: is required',
      'header x-ids/0: expected integer, found string',
      'cookie sid: expected to NOT have fewer than 3 characters',
      'query flag: expected boolean, found string',
    ],
  );
});

test('what is missing, twice, unknown or encoded wrongly', async () => {
  const parameters = [
    { name: 'a', in: 'query', required: true, schema: { type: 'string' } },
    { name: 'j', in: 'query', content: { 'application/json': { schema: {} } } },
  ];
  assert.deepEqual(await faults(parameters, {}), ['query a: is required']);
  assert.deepEqual(await faults(parameters, { query: 'a=1&a=2&j={&j=1' }), [
    'query a: is given more than once',
    'query j: is given more than once',
  ]);
  assert.deepEqual(await faults(parameters, { query: 'a=%ff&j=1' }), [
    'query a: is not percent-encoded UTF-8',
  ]);
  assert.deepEqual(await faults(parameters, { query: 'a=1&j={' }), ['query j: is not JSON']);
  assert.deepEqual(await faults(parameters, { query: 'a=1&b=2' }), []);
  assert.deepEqual(await faults(parameters, { query: 'a=1&b=2&%61=' }, { unknownQuery: 'refuse' }), [
    'query a: is given more than once',
    'query b: is not known here',
  ]);
});

test('members of a deepObject are known', async () => {
  const parameters = [{ name: 'f', in: 'query', style: 'deepObject', schema: { type: 'object' } }];
  assert.deepEqual(await faults(parameters, { query: 'f[a]=1&g[a]=1' }, { unknownQuery: 'refuse' }), [
    'query g[a]: is not known here',
  ]);
});

test('parameters described together', async () => {
  const found = (
    await load({
      params: { type: 'object', properties: { id: { type: 'integer' } } },
      headers: {
        type: 'object',
        required: ['x-a'],
        properties: { 'x-a': { type: 'integer' } },
        additionalProperties: false,
      },
      query: { type: 'object', properties: { '/': { type: 'integer' } } },
    })
  ).find('GET', '/', {});
  assert.ok('operation' in found);
  const check = (sent: Sent) =>
    checkParameters(found.operation, source(sent)).map(({ in: where, parameter }) => `${where} ${parameter}`);
  assert.deepEqual(check({ params: { id: '1' }, headers: ['X-A', '1', 'X-B', '1'], query: '%2F=1' }), []);
  assert.deepEqual(check({ params: { id: 'x' }, query: '/=x' }).sort(), ['header x-a', 'path id', 'query /']);
});

test('a cookie is no part of the query: its plus is a plus, and its name is none that is known there', async () => {
  const parameters = [{ name: 'sid', in: 'cookie', schema: { type: 'string', pattern: '^[a+%]*$' } }];
  const cookie = ['Cookie', 'sid=a+a'];
  assert.deepEqual(await faults(parameters, { headers: cookie }), []);
  assert.equal((await faults(parameters, { headers: ['Cookie', 'sid=a%20a'] })).length, 1);
  assert.deepEqual(
    await faults(parameters, { query: 'sid=x', headers: cookie }, { unknownQuery: 'refuse' }),
    ['query sid: is not known here'],
  );
});
