import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDirectives, replyDirectives, requestDirectives } from './directives.ts';

const reply = (text: string) => replyDirectives(parseDirectives(text));

test('RFC 9111 §5.2: names in any case, arguments as tokens or quoted, unknown ones ignored', () => {
  assert.equal(reply('foobar, MaX-aGe=60').maxAge, 60);
  assert.equal(reply('max-age="60"').maxAge, 60);
  assert.equal(reply('ext="max-age=100, no-store", max-age=1').maxAge, 1);
  assert.equal(reply('ext="max-age=100, no-store"').noStore, false);
  assert.equal(reply('ext="a\\", no-store"').noStore, false);
});

test('RFC 9111 §1.2.2: what is no number of seconds is none, what is too large the largest', () => {
  for (const text of [
    'max-age=a3600',
    "max-age='3600'",
    'max-age=-1',
    'max-age= 60',
    'max-age=1.5',
    'max-age',
  ]) {
    assert.equal(reply(text).maxAge, 0, text);
  }
  assert.equal(reply('max-age =60').maxAge, undefined);
  assert.equal(reply('max-age=99999999999').maxAge, 2 ** 31);
  assert.equal(reply('max-age=007').maxAge, 7);
});

test('RFC 9111 §4.2.1: of two that disagree the stricter holds', () => {
  assert.equal(reply('max-age=1800, max-age=1').maxAge, 1);
});

test('RFC 9111 §5.2.2.4, §5.2.2.7: a list of fields limits no-cache and private; SECURITY 146: a doubtful one does not', () => {
  assert.deepEqual(reply('private="set-token, X-Key"').private, ['set-token', 'x-key']);
  assert.deepEqual(reply('no-cache="a"').noCache, ['a']);
  for (const text of [
    'private',
    'private=""',
    'private=" authorization"',
    'private="a b"',
    'private="a", private',
  ]) {
    assert.equal(reply(text).private, true, text);
  }
});

test('RFC 9111 §5.2.1: what a request may ask', () => {
  const asked = requestDirectives(
    'max-age=5, min-fresh=2, max-stale, only-if-cached, no-cache, no-store',
    undefined,
  );
  assert.deepEqual(asked, {
    maxAge: 5,
    minFresh: 2,
    maxStale: Number.POSITIVE_INFINITY,
    staleIfError: undefined,
    noCache: true,
    noStore: true,
    onlyIfCached: true,
  });
  assert.equal(requestDirectives('max-stale=9', undefined).maxStale, 9);
});

test('RFC 9111 §5.4: Pragma counts only without Cache-Control', () => {
  assert.equal(requestDirectives(undefined, 'no-cache').noCache, true);
  assert.equal(requestDirectives(undefined, 'other').noCache, false);
  assert.equal(requestDirectives('max-age=1', 'no-cache').noCache, false);
});
