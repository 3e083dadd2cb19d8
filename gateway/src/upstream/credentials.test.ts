import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { credentialsConfig, setCredential } from './credentials.ts';

test('the credential replaces whatever stands under its name', () => {
  const headers = new HeaderFields(['x-gateway', 'a', 'x', 'y', 'x-gateway', 'b']);
  setCredential(headers, credentialsConfig.parse({ header: { name: 'X-Gateway', value: 's3cret' } }));
  assert.deepEqual(headers.flat, ['x-gateway', 's3cret', 'x', 'y']);
});

test('a value that would split the header is refused as configuration', () => {
  for (const value of ['', 'a\r\nb', 'é', 'a\0']) {
    assert.equal(
      credentialsConfig.safeParse({ header: { name: 'x', value } }).success,
      false,
      JSON.stringify(value),
    );
  }
  assert.throws(() => credentialsConfig.parse({ header: { name: 'x y', value: 'z' } }), /header name/);
});
