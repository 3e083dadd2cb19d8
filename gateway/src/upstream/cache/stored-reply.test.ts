import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { RULES, storedOf } from './stored.fixture.ts';
import { hideCacheWords, isFor, refreshed, selectedBy, weightOf } from './stored-reply.ts';

const TIMING = { requestAt: 1_000, responseAt: 1_000 };

test('RFC 9111 §4.1: a reply is chosen by the fields it varies by; one that was not there must not be there', () => {
  const stored = storedOf({ vary: 'a, b' }, 'x', 200, { a: '1' });
  assert.ok(selectedBy(stored, HeaderFields.of({ a: '1', c: '9' })));
  assert.ok(!selectedBy(stored, HeaderFields.of({ a: '2' })));
  assert.ok(!selectedBy(stored, HeaderFields.of({ a: '1', b: '' })));
});

test('who may be given a reply', () => {
  const own = storedOf({}, 'x', 200, {}, 'identity');
  const open = storedOf({ 'cache-control': 'public, max-age=9' });
  const anonymous = storedOf({});
  assert.deepEqual(
    [isFor(own, 'identity'), isFor(open, 'identity'), isFor(anonymous, 'identity')],
    [true, true, false],
  );
  assert.deepEqual([isFor(open, 'credentials'), isFor(anonymous, 'credentials')], [true, false]);
  assert.ok(isFor(anonymous, 'anyone'));
});

test('RFC 9111 §4.3.4: a confirmation brings fields and a new age; one that forbids keeping is obeyed', () => {
  const stored = storedOf({ 'x-a': '1', etag: '"a"' }, 'hello');
  const asked = new HeaderFields();
  const update = (headers: Record<string, string>) =>
    refreshed(stored, HeaderFields.of(headers), asked, 'anyone', TIMING, RULES);
  const kept = update({ 'x-a': '2', age: '7' });
  assert.deepEqual(
    [kept.mayKeep, kept.reply.served.get('x-a'), kept.reply.freshness.initialAgeS],
    [true, '2', 7],
  );
  assert.equal(kept.reply.headers.has('age'), false);
  const refused = update({ 'cache-control': 'no-store' });
  assert.deepEqual([refused.mayKeep, Buffer.from(refused.reply.body.bytes).toString()], [false, 'hello']);
});

test('words for caches are hidden, and stay in what is stored', () => {
  const stored = storedOf({ 'cache-tag': 'a, b', 'x-a': '1' });
  assert.deepEqual(
    [stored.served.has('cache-tag'), stored.headers.has('cache-tag'), stored.tags],
    [false, true, ['a', 'b']],
  );
  const headers = HeaderFields.of({ 'surrogate-key': 'a', 'x-a': '1' });
  hideCacheWords(headers);
  assert.deepEqual([...headers], [['x-a', '1']]);
});

test('a reply weighs its bytes and its fields', () => {
  assert.ok(weightOf(storedOf({}, 'x'.repeat(1_000))) - weightOf(storedOf({}, '')) >= 1_000);
  assert.ok(weightOf(storedOf({ 'x-a': 'y'.repeat(1_000) })) - weightOf(storedOf({})) >= 1_000);
});

test('SECURITY 157: of a secret that a reply varies by only a digest is kept', () => {
  const stored = storedOf({ 'cache-control': 'public, max-age=9', vary: 'Cookie' }, 'x', 200, {
    cookie: 'sid=canary',
  });
  assert.ok(!JSON.stringify(stored).includes('canary'));
  assert.ok(selectedBy(stored, HeaderFields.of({ cookie: 'sid=canary' })));
  assert.ok(!selectedBy(stored, HeaderFields.of({ cookie: 'sid=other' })));
});
