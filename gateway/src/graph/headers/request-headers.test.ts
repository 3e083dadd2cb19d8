import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphHeadersConfig } from './config.ts';
import { clientFields, requestFields, sentFields } from './request-headers.ts';

const CLIENT = ['x-locale', 'de', 'x-tag', 'one', 'x-tag', 'two', 'x-debug', '1'];

test('plain forwarding is the same for all and costs nothing', () => {
  const config = graphHeadersConfig.parse({ forward: ['X-Locale'] });
  assert.deepEqual(clientFields(config), ['x-locale']);
  assert.equal(requestFields(config, 'products'), undefined);
  // Another subgraph's rules widen what is read of the client: then each gets just its own.
  const other = graphHeadersConfig.parse({
    forward: ['x-locale'],
    subgraphs: { a: [{ forward: 'x-debug' }] },
  });
  assert.deepEqual(requestFields(other, 'b')?.(CLIENT), ['x-locale', 'de']);
  assert.deepEqual(requestFields(other, 'a')?.(CLIENT), ['x-locale', 'de', 'x-debug', '1']);
  const inserted = graphHeadersConfig.parse({
    forward: ['x-locale'],
    subgraphs: { a: [{ insert: 'x-a', value: '1' }] },
  });
  assert.equal(requestFields(inserted, 'b'), undefined);
});

test('fields are renamed, given a value, inserted and removed, in the order of the rules', () => {
  const config = graphHeadersConfig.parse({
    forward: ['x-debug', 'x-tag'],
    request: [
      { forward: 'X-Locale', as: 'X-Language', default: 'en' },
      { insert: 'x-source', value: 'gateway' },
    ],
    subgraphs: {
      products: [
        { remove: 'x-debug' },
        { insert: 'x-source', value: 'front' },
        { forward: 'x-none', default: '' },
      ],
      constructor: [{ remove: 'x-tag' }],
    },
  });
  assert.deepEqual(clientFields(config), ['x-debug', 'x-tag', 'x-locale', 'x-none']);
  const products = requestFields(config, 'products');
  assert.deepEqual(products?.(CLIENT), [
    ...['x-tag', 'one', 'x-tag', 'two', 'x-language', 'de', 'x-source', 'front', 'x-none', ''],
  ]);
  assert.deepEqual(products?.([]), ['x-language', 'en', 'x-source', 'front', 'x-none', '']);
  const others = requestFields(config, 'toString');
  assert.deepEqual(others?.(['x-locale', 'fr']), ['x-language', 'fr', 'x-source', 'gateway']);
  assert.deepEqual(requestFields(config, 'constructor')?.(['x-tag', 'a']), [
    'x-language',
    'en',
    'x-source',
    'gateway',
  ]);
  assert.deepEqual(sentFields(config, 'products'), ['x-debug', 'x-tag', 'x-language', 'x-source', 'x-none']);
});

test('what frames a message or is our own word cannot be configured, in either direction', () => {
  const names = [
    'Connection',
    'content-type',
    'Content-Length',
    'host',
    'transfer-encoding',
    'te',
    'Accept',
    'via',
  ];
  for (const name of [...names, 'x-request-id', 'traceparent', 'X-Forwarded-For', 'proxy-authorization']) {
    assert.equal(graphHeadersConfig.safeParse({ forward: [name] }).success, false, name);
    assert.equal(
      graphHeadersConfig.safeParse({ request: [{ insert: name, value: '' }] }).success,
      false,
      name,
    );
    assert.equal(
      graphHeadersConfig.safeParse({ request: [{ forward: 'x', as: name }] }).success,
      false,
      name,
    );
    assert.equal(graphHeadersConfig.safeParse({ response: [{ name }] }).success, false, name);
  }
  assert.equal(
    graphHeadersConfig.safeParse({ request: [{ insert: 'x', value: 'a\r\nb: c' }] }).success,
    false,
  );
  assert.equal(graphHeadersConfig.safeParse({ request: [{ forward: 'x', remove: 'y' }] }).success, false);
});
