import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStreamHead } from './stream-head.ts';

const limits = { headerCount: 3, headerSize: 300, urlSize: 50, queryParams: 3 };
const PSEUDO = [':method', 'POST', ':path', '/a?b=c', ':scheme', 'https', ':authority', 'API.example:443'];
const read = (more: readonly string[] = [], pseudo: readonly string[] = PSEUDO) =>
  readStreamHead([...pseudo, ...more], false, limits);
const faultOf = (more: readonly string[], pseudo: readonly string[] = PSEUDO): string | undefined =>
  read(more, pseudo).head.violation?.code;

test('a sound head', () => {
  const { head, method, target } = read(['content-length', '3']);
  assert.equal(head.violation, undefined);
  assert.equal(method, 'POST');
  assert.equal(target, '/a?b=c');
  assert.equal(head.path, '/a');
  assert.equal(head.query, 'b=c');
  assert.equal(head.host, 'api.example:443');
  assert.equal(head.bodyLength, 3);
  assert.equal(read().head.bodyLength, undefined);
  assert.equal(readStreamHead(PSEUDO, true, limits).head.bodyLength, 0);
});

test('Host may say the same as the authority, and stand in for it', () => {
  assert.equal(faultOf(['host', 'api.example']), undefined);
  assert.equal(faultOf(['host', 'evil.example']), 'bad_request');
  const without = PSEUDO.slice(0, 6);
  assert.equal(read(['host', 'api.example'], without).head.host, 'api.example');
  assert.equal(faultOf([], without), 'bad_request');
});

test('fields are counted as they came, pieces of a cookie each', () => {
  assert.equal(read(['cookie', 'a=1', 'cookie', 'b=2']).head.headers.get('cookie'), 'a=1; b=2');
  assert.equal(faultOf(['cookie', 'a', 'cookie', 'b', 'cookie', 'c', 'cookie', 'd']), 'headers_too_large');
  assert.equal(faultOf(['x-a', 'x'.repeat(300)]), 'headers_too_large');
});

test('what is not of this world is refused', () => {
  const of = (name: string, value: string): readonly string[] => {
    const changed = [...PSEUDO];
    changed[changed.indexOf(name) + 1] = value;
    return changed;
  };
  assert.equal(faultOf([], [...of(':path', '*')]), 'bad_request');
  assert.equal(faultOf([], [...of(':path', 'https://evil.example/')]), 'bad_request');
  assert.equal(faultOf([], [...of(':scheme', 'http')]), 'bad_request');
  assert.equal(faultOf([], [...of(':method', 'CONNECT')]), 'method_not_allowed');
  assert.equal(faultOf([], [...of(':method', 'GET')]), 'bad_request');
  assert.equal(faultOf(['content-length', '99999999999999999999']), 'bad_request');
});
