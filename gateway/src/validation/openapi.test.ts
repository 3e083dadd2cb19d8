import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateConfig } from './config.ts';
import { Documents } from './documents.ts';
import { readOpenapi, UnknownOperation } from './openapi.ts';
import { openapi, operationsOf } from './testing/openapi.ts';

test('parameters of a path hold for its operations, unless one says otherwise', async () => {
  const operations = await operationsOf(
    openapi(
      {
        '/a': {
          parameters: [
            { name: 'n', in: 'query', schema: { type: 'integer' } },
            { $ref: '#/components/parameters/Trace' },
            { name: 'Content-Type', in: 'header', schema: { type: 'string' } },
          ],
          get: {
            operationId: 'a',
            parameters: [{ name: 'n', in: 'query', required: true, schema: { type: 'string' } }],
          },
          post: {},
        },
        'x-other': {},
      },
      {
        components: { parameters: { Trace: { name: 'X-Trace', in: 'header', style: 'simple', schema: {} } } },
      },
    ),
  );
  const summary = (name: string) =>
    operations
      .get(name)
      ?.parameters.map((one) => `${one.in} ${one.name} ${one.style} ${one.explode} ${one.required}`);
  assert.deepEqual(summary('GET /a'), ['query n form true true', 'header x-trace simple false false']);
  assert.deepEqual(summary('POST /a'), ['query n form true false', 'header x-trace simple false false']);
});

async function read(document: Record<string, unknown>, settings = {}) {
  const config = validateConfig.parse({ openapi: 'x', ...settings });
  assert.ok('openapi' in config);
  return readOpenapi(await Documents.inline(document, 'openapi'), config);
}

test('the paths of servers, variables by their defaults', async () => {
  const servers = [
    { url: 'https://a.example/v1/' },
    { url: '/{stage}/api', variables: { stage: { default: 'live' } } },
    { url: 'http://b.example' },
  ];
  const { basePaths } = await read(openapi({ '/a': { get: {} } }, { servers }));
  assert.deepEqual(basePaths, ['/live/api', '/v1']);
});

test('what is no document, or cannot be checked, is refused by its place', async () => {
  const withParameter = (parameter: unknown) => openapi({ '/a': { get: { parameters: [parameter] } } });
  for (const [document, expected] of [
    [{ swagger: '2.0', paths: {} }, /expected openapi: 3\.1\.x or 3\.0\.x/],
    [{ openapi: '3.1.0' }, /has no paths/],
    [withParameter({ in: 'query' }), /#\/paths\/~1a\/get\/parameters\/0: is no parameter/],
    [withParameter({ in: 'query', name: 'a' }), /parameters\/0\/schema: is not there/],
    [
      withParameter({ in: 'header', name: 'a', style: 'form', schema: {} }),
      /style: is no style of a parameter in header: expected simple/,
    ],
    [
      withParameter({ in: 'query', name: 'a', content: { 'text/csv': {} } }),
      /content: expected application\/json alone/,
    ],
    [withParameter({ $ref: '#/components/parameters/None' }), /parameters\/0: refers to/],
  ] as const) {
    await assert.rejects(read(document), expected);
  }
  await assert.rejects(read(openapi({})), UnknownOperation);
  const two = openapi({ '/a': { get: { operationId: 'getA' }, post: { operationId: 'postA' } } });
  assert.equal((await read(two, { operation: 'postA' })).operations.length, 1);
  await assert.rejects(read(two, { operation: 'putA' }), (error) => {
    assert.ok(error instanceof UnknownOperation);
    assert.deepEqual([error.asked, error.known], ['putA', ['getA', 'postA']]);
    return true;
  });
});
