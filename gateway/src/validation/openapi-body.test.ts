import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationOf } from './testing/openapi.ts';

const body = (content: Record<string, unknown>, settings = {}) =>
  operationOf({ requestBody: { required: true, content } }, {}, settings);

test('how each type is read', async () => {
  const { bodies, requiresBody } = await body({
    'application/json; charset=utf-8': { schema: { type: 'object' } },
    'application/x-www-form-urlencoded': {
      schema: { type: 'object' },
      encoding: { a: { style: 'deepObject' }, b: { contentType: 'text/plain' } },
    },
    'text/plain': { schema: { type: 'string' } },
    'image/*': { schema: { type: 'string', format: 'binary' } },
    'application/octet-stream': {},
  });
  assert.deepEqual(
    bodies?.map(({ range, kind }) => `${range} ${kind}`),
    [
      'application/json json',
      'application/x-www-form-urlencoded form',
      'text/plain text',
      'image/* unread',
      'application/octet-stream unread',
    ],
  );
  assert.deepEqual([...(bodies?.[1]?.encoding ?? [])], [['a', { style: 'deepObject', explode: true }]]);
  assert.ok(requiresBody);
  assert.deepEqual(
    [(await operationOf({})).bodies, (await operationOf({})).requiresBody],
    [undefined, false],
  );
});

test('a schema that no body can be held to is refused, unless it is said to go by', async () => {
  const xml = { 'application/xml': { schema: { type: 'object' } } };
  await assert.rejects(body(xml), /validate\.unread: \[application\/xml\]/);
  assert.equal((await body(xml, { unread: ['application/xml'] })).bodies?.[0]?.kind, 'unread');
  const form = {
    'application/x-www-form-urlencoded': { schema: { type: 'object' }, encoding: { a: { style: 'matrix' } } },
  };
  await assert.rejects(body(form), /style: is no style of a form/);
});
