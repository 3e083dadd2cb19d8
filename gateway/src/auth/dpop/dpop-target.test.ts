import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesTarget } from './dpop-target.ts';

const https = { address: '::1', scheme: 'https' } as const;
const http = { address: '::1', scheme: 'http' } as const;
const target = { client: https, host: 'api.example', path: '/orders/1' };

test('RFC 9449 §4.3: the URL without query and fragment, in whatever spelling means the same', () => {
  for (const htu of [
    'https://api.example/orders/1',
    'HTTPS://API.Example/orders/1',
    'https://api.example:443/orders/1',
    'https://api.example./orders/1',
    'https://api.example/orders/1?page=2',
    'https://api.example/orders/1#top',
    'https://api.example/%6Frders/%31',
    'wss://api.example/orders/1',
  ]) {
    assert.ok(namesTarget(htu, target), htu);
  }
});

test('any other URL is another', () => {
  for (const htu of [
    '',
    '/orders/1',
    'api.example/orders/1',
    '//api.example/orders/1',
    'http://api.example/orders/1',
    'ws://api.example/orders/1',
    'https://api.example:8443/orders/1',
    'https://api.example:80/orders/1',
    'https://api.example',
    'https://api.example/',
    'https://api.example/orders/1/',
    'https://api.example/Orders/1',
    'https://api.example/orders/%2531',
    'https://api.example/x/../orders/1',
    'https://api.example//orders/1',
    'https://evil.example/orders/1',
    'https://api.example.evil.example/orders/1',
    'https://evil.example@api.example/orders/1',
    'https://api.example@evil.example/orders/1',
    'https://api.example\\@evil.example/orders/1',
    'https:/api.example/orders/1',
    'https://api.example/orders/1\n',
    ' https://api.example/orders/1',
  ]) {
    assert.ok(!namesTarget(htu, target), htu);
  }
});

test('ports, addresses and bare hosts', () => {
  const at = (host: string, path = '/') => ({ client: http, host, path });
  assert.ok(namesTarget('http://api.example', at('api.example')));
  assert.ok(namesTarget('http://api.example?x=/', at('api.example')));
  assert.ok(namesTarget('http://api.example/', at('api.example:80')));
  assert.ok(namesTarget('http://127.0.0.1:4000/', at('127.0.0.1:4000')));
  assert.ok(!namesTarget('http://127.0.0.1/', at('127.0.0.1:4000')));
  assert.ok(namesTarget('http://[::1]:4000/', at('[::1]:4000')));
  assert.ok(namesTarget('http://[::1]/', at('[::1]')));
  assert.ok(!namesTarget('http:///', at('')), 'a client of HTTP/1.0 that names no host');
});
