import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { bodyRule, checkBody } from './body.ts';
import { operationOf } from './testing/openapi.ts';

const FORM = 'application/x-www-form-urlencoded';
const form = (properties: Record<string, unknown>, more = {}) =>
  operationOf({
    requestBody: {
      content: { [FORM]: { schema: { type: 'object', properties, additionalProperties: false }, ...more } },
    },
  });

test('the type decides before a byte is read', async () => {
  const operation = await operationOf({
    requestBody: {
      content: {
        'application/json': { schema: {} },
        'text/*': { schema: { type: 'string' } },
        'image/png': {},
      },
    },
  });
  const kind = (...types: string[]) =>
    bodyRule(operation, 'POST', HeaderFields.fromRaw(types.flatMap((type) => ['Content-Type', type])))?.kind;
  assert.equal(kind('application/json\t;'), 'json');
  assert.equal(kind('text/csv; charset=UTF-8'), 'text');
  assert.equal(kind('image/png; charset=utf-7'), 'unread');
  for (const types of [
    [],
    [';'],
    ['application/xml'],
    ['application/json; charset=latin1'],
    ['text/plain', 'text/plain'],
  ]) {
    assert.throws(
      () => kind(...types),
      (error) => {
        assert.ok(error instanceof FrontdeskError && error.code === 'unsupported_media_type');
        const expected = 'application/json, text/*, image/png';
        assert.deepEqual(error.headers, [
          ['accept', expected],
          ['accept-post', expected],
        ]);
        return true;
      },
    );
  }
});

test('forms', async () => {
  const operation = await form(
    {
      n: { type: 'integer' },
      tags: { type: 'array', items: { type: 'integer' } },
      csv: { type: 'array', items: { type: 'string' } },
      o: { type: 'object', required: ['a'] },
      deep: { type: 'object', properties: { a: { type: 'integer' } } },
    },
    { encoding: { csv: { explode: false }, deep: { style: 'deepObject' } } },
  );
  const rule = operation.bodies?.[0];
  assert.ok(rule);
  const lines = (text: string) => {
    const verdict = checkBody(rule, Buffer.from(text));
    return verdict === 'other encoding'
      ? [verdict]
      : verdict.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  };
  assert.deepEqual(lines('n=1&tags=1&tags=2&csv=a,b&o=%7B%22a%22%3A1%7D&deep%5Ba%5D=1'), []);
  assert.deepEqual(lines('n=x&tags=x&o={}&deep[a]=x&more=1').sort(), [
    '/deep/a: expected integer, found string',
    '/more: is not known here',
    '/n: expected integer, found string',
    '/o/a: is required',
    '/tags/0: expected integer, found string',
  ]);
  assert.deepEqual(lines('n=1&n=2'), ['/n: is given more than once']);
  assert.deepEqual(lines('n=%ff'), [': is not percent-encoded UTF-8']);
  assert.deepEqual(lines('n=1&'.repeat(1_001)), [': has more than 1000 fields']);
});

test('texts', async () => {
  const rule = (
    await operationOf({
      requestBody: { content: { 'text/plain': { schema: { type: 'string', maxLength: 2 } } } },
    })
  ).bodies?.[0];
  assert.ok(rule);
  assert.deepEqual(checkBody(rule, Buffer.from('é!')), []);
  assert.equal(checkBody(rule, Buffer.from('abc')).length, 1);
  assert.equal(checkBody(rule, new Uint8Array([0xff])), 'other encoding');
});

test('a form is read as UTF-8, as its backend reads it, though it is not percent-encoded', async () => {
  const rule = (await form({ a: { type: 'string', maxLength: 1, not: { const: 'é' } } })).bodies?.[0];
  assert.ok(rule);
  assert.deepEqual(checkBody(rule, Buffer.from('a=ü')), []);
  for (const text of ['a=é', 'a=%C3%A9', '%61=é']) {
    assert.deepEqual(checkBody(rule, Buffer.from(text)), [
      { in: 'body', pointer: '/a', detail: 'is of a kind that is excluded' },
    ]);
  }
  assert.equal(checkBody(rule, Buffer.from([0x61, 0x3d, 0xff])), 'other encoding');
});

test('names of a form are those of no prototype', async () => {
  const rule = (await form({ a: { type: 'string' } })).bodies?.[0];
  assert.ok(rule);
  for (const name of ['__proto__', 'constructor', '%5F_proto__', 'toString']) {
    const verdict = checkBody(rule, Buffer.from(`${name}=x`));
    assert.ok(verdict !== 'other encoding');
    assert.deepEqual(
      verdict.map(({ detail }) => detail),
      ['is not known here'],
      name,
    );
  }
});
