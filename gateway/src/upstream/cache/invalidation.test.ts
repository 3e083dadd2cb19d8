import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { invalidated, isSafe, originsOf, sameOrigin } from './invalidation.ts';

const origins = originsOf(['http://10.0.0.1:8080/v1/', 'http://10.0.0.2:8080']);
const after = (status: number, headers: Record<string, string> = {}): string[] =>
  invalidated('/a/b', 'api.example', { status, headers: HeaderFields.of(headers) }, origins);

test('RFC 9111 §4.4: after success or a redirect the URL itself, and what it names of the same origin', () => {
  assert.deepEqual(after(204), ['/a/b']);
  assert.deepEqual(after(303, { location: 'c?d=1', 'content-location': '/x' }), ['/a/b', '/a/c?d=1', '/x']);
  assert.deepEqual(after(201, { location: 'http://10.0.0.1:8080/v1/users/1' }), ['/a/b', '/users/1']);
  assert.deepEqual(after(201, { location: 'https://api.example/users/1' }), ['/a/b', '/users/1']);
  assert.deepEqual(after(201, { location: 'http://elsewhere.example/users/1' }), ['/a/b']);
  assert.deepEqual(after(404), []);
  assert.deepEqual(after(500), []);
});

test('what is no URL names nothing', () => {
  assert.equal(
    sameOrigin(HeaderFields.of({ location: 'http://[' }), 'location', '/', undefined, origins),
    undefined,
  );
  assert.equal(sameOrigin(new HeaderFields(), 'location', '/', undefined, origins), undefined);
});

test('RFC 9110 §9.2.1: methods that are not known to be safe are not', () => {
  assert.deepEqual(['GET', 'HEAD', 'OPTIONS', 'QUERY', 'POST', 'PATCH', 'LOCK', 'get'].map(isSafe), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
