import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchRequest } from './match-request.ts';

function asked(url: string, headers: readonly string[] = []) {
  const request = matchRequest('get', url, headers);
  assert.ok(typeof request !== 'string', `${request}`);
  return request;
}

test('a URL or a path becomes the request that the listener would make of it', () => {
  const { method, host, path, query, client } = asked('https://API.example:8443/a/%41?x=1&y#z');
  assert.deepEqual(
    [method, host, path, query, client.scheme],
    ['GET', 'api.example:8443', '/a/A', 'x=1&y', 'https'],
  );
  assert.deepEqual([asked('/a').host, asked('/a').path, asked('http://h').path], ['localhost', '/a', '/']);
});

test('fields are kept in order, and Host wins over the host of the URL', () => {
  const { host, headers } = asked('http://h/', ['Host: A.example', 'X-Beta:on', 'x-beta: off']);
  assert.equal(host, 'a.example');
  assert.deepEqual(headers.getAll('x-beta'), ['on', 'off']);
});

test('what is no request is said, what the gateway refuses is thrown', () => {
  assert.match(String(matchRequest('GET', 'a/b', [])), /expected a path/);
  assert.match(String(matchRequest('GET', '', [])), /expected a path/);
  assert.match(String(matchRequest('GET', '/', ['no colon'])), /expected 'name: value'/);
  assert.throws(() => matchRequest('GET', '/a/../b', []), { code: 'bad_request' });
});
