import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endpointUrl, isUnixUrl, parseEndpointUrl } from './endpoint-url.ts';

describe('what an endpoint may be', () => {
  for (const good of [
    'http://users:4101',
    'https://users.example/base/',
    'http://[::1]:8080',
    'unix:/run/app.sock',
    'unix:///run/app.sock',
    'unix:/run/app.sock:/base/path',
  ]) {
    test(good, () => assert.equal(endpointUrl.parse(good), good));
  }

  const bad: Record<string, RegExp> = {
    'http://users:4101/?a=b': /without a query/,
    'ftp://users': /expected an http:\/\/ or https:\/\/ URL .*or a Unix socket/,
    'unix:': /absolute path of a socket/,
    'unix:run/app.sock': /absolute path of a socket/,
    'unix:/run/': /absolute path of a socket/,
    'unix:/run/app.sock?a=b': /absolute path of a socket/,
    'unix:/run/app.sock:base': /absolute path of a socket/,
    [`unix:/${'a'.repeat(107)}`]: /at most 107 bytes, not 108/,
  };
  for (const [text, message] of Object.entries(bad)) {
    test(`not ${text.slice(0, 40)}`, () => {
      const parsed = endpointUrl.safeParse(text);
      assert.equal(parsed.success, false);
      assert.match(parsed.error?.issues[0]?.message ?? '', message);
    });
  }
});

test('URLs are taken apart', () => {
  const { origin, authority, port, secure, basePath, label } = parseEndpointUrl(
    'https://Users.example/a/b//',
  );
  assert.deepEqual(
    { origin, authority, port, secure, basePath, label },
    {
      origin: 'https://users.example',
      authority: 'users.example',
      port: 443,
      secure: true,
      basePath: '/a/b',
      label: 'users.example:443',
    },
  );
  assert.equal(parseEndpointUrl('http://[::1]:8080').label, '[::1]:8080');
  assert.equal(parseEndpointUrl('http://users').basePath, '');
});

test('a socket is a file, and requests by it are for localhost', () => {
  assert.equal(isUnixUrl('unix:/run/app.sock'), true);
  for (const text of ['unix:/run/app.sock:/base/', 'unix:///run/app.sock:/base']) {
    const address = parseEndpointUrl(text);
    assert.equal(address.socketPath, '/run/app.sock');
    assert.equal(address.basePath, '/base');
    assert.equal(address.authority, 'localhost');
    assert.equal(address.label, 'unix:/run/app.sock');
    assert.equal(address.secure, false);
  }
  assert.equal(parseEndpointUrl('unix:/run/app.sock').basePath, '');
});
