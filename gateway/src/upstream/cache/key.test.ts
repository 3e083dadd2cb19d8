import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { cacheKey, isPlainPath, joined } from './key.ts';

test('parts stand with their lengths', () => {
  assert.equal(joined(['a', 'bc', '']), '1:a2:bc0:');
});

test('a key has a slot for everybody, and one of its own for who has an identity', () => {
  const clock = new ManualClock();
  const nobody = cacheKey('/a', contextOn(clock));
  const somebody = cacheKey('/a', contextOn(clock, makeIdentity()));
  assert.equal(nobody.own, undefined);
  assert.equal(nobody.everybody, somebody.everybody);
  assert.ok(somebody.own && somebody.own !== somebody.everybody);
  const inOrder = (roles: string[]) => cacheKey('/a', contextOn(clock, makeIdentity({ roles }))).own;
  assert.equal(inOrder(['a', 'b']), inOrder(['b', 'a']));
  assert.notEqual(inOrder(['a', 'b']), inOrder(['a,b']));
});

test('a path is plain without parameters, backslashes and encoded control characters; its query may be anything', () => {
  for (const path of ['/a/b', '/a%20b', '/%C3%A9', '/a?b;c%0a', '/']) assert.ok(isPlainPath(path), path);
  for (const path of ['/a;b', '/a\\b', '/a%0A', '/a%7f', '/a%2Fb', '/a%5cb', '/a%3bb', '/a%']) {
    assert.ok(!isPlainPath(path), path);
  }
});

test('whoever differs in a claim is somebody else, because rules can send claims; a newer token is not', () => {
  const clock = new ManualClock();
  const own = (claims: Record<string, unknown>) =>
    cacheKey('/a', contextOn(clock, makeIdentity({ claims }))).own;
  assert.notEqual(own({ org: 'a' }), own({ org: 'b' }));
  assert.notEqual(own({ org: 'a' }), own({}));
  assert.equal(own({ org: 'a', n: 1, exp: 1, jti: 'x' }), own({ n: 1, org: 'a', exp: 2, iat: 3, jti: 'y' }));
});

test('who proved two things differs by either: backends may be told of the second by its token', () => {
  const own = (second: string) => {
    const both = makeIdentity({ scheme: 'apiKey', also: [makeIdentity({ subject: second })] });
    return cacheKey('/a', contextOn(new ManualClock(), both)).own;
  };
  assert.notEqual(own('alice'), own('bob'));
  assert.equal(own('alice'), own('alice'));
});
