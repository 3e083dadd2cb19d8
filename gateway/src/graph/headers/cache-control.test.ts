import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CacheControl } from './cache-control.ts';

function merge(...replies: (string | string[] | [string, number])[]): string {
  const merged = new CacheControl();
  for (const reply of replies) {
    if (Array.isArray(reply) && typeof reply[1] === 'number') merged.add([String(reply[0])], reply[1]);
    else merged.add(Array.isArray(reply) ? reply.map(String) : [reply]);
  }
  return merged.toString();
}

test('the strictest reply counts', () => {
  assert.equal(merge('public, max-age=60', 'public, max-age=10'), 'public, max-age=10');
  assert.equal(merge('public, max-age=60', 'private, max-age=100'), 'private, max-age=60');
  assert.equal(merge('public, max-age=60', 'max-age=100'), 'max-age=60');
  assert.equal(merge('max-age=60', 'no-store'), 'no-store');
  assert.equal(merge('max-age=60', 'no-cache'), 'no-cache, max-age=0');
  assert.equal(merge('max-age=60, must-revalidate', 'max-age=70'), 'max-age=60, must-revalidate');
  assert.equal(merge('public, max-age=60, s-maxage=600', 'public, max-age=30'), 'public, max-age=30');
  assert.equal(merge('max-age=60, s-maxage=600', 'max-age=90, s-maxage=300'), 'max-age=60, s-maxage=300');
  assert.equal(merge('private, max-age=60, s-maxage=600'), 'private, max-age=60');
});

test('what says nothing of keeping, or nothing that can be read, is not kept', () => {
  assert.equal(new CacheControl().toString(), 'no-store');
  assert.equal(merge(''), 'no-store');
  assert.equal(merge([]), 'no-store');
  assert.equal(merge('public'), 'no-store');
  assert.equal(merge('max-age=60', []), 'no-store');
  assert.equal(merge('max-age=soon'), 'max-age=0');
  assert.equal(merge('max-age=-5'), 'max-age=0');
  assert.equal(merge('max-age=60, max-age=5'), 'max-age=5');
  assert.equal(merge(['max-age=60', 'max-age=70']), 'max-age=60');
  assert.equal(merge('max-age=99999999999'), 'max-age=2147483648');
});

test('K146: directives are read as they are written', () => {
  assert.equal(merge('Private="", Max-Age="20"'), 'private, max-age=20');
  assert.equal(merge('private=" authorization", max-age=20'), 'private, max-age=20');
  assert.equal(merge('no-cache="set-cookie, x", max-age=20'), 'no-cache, max-age=20');
  assert.equal(merge('x="no-store, private", max-age=20'), 'max-age=20');
  assert.equal(merge('x="a\\", no-store", max-age=20'), 'max-age=20');
});

test('time already spent in a cache is taken off', () => {
  assert.equal(merge(['max-age=60', 20], ['max-age=50', 0]), 'max-age=40');
  assert.equal(merge(['max-age=60', 100]), 'max-age=0');
});

test('a caller’s answer is private, a broken one is not kept', () => {
  const cache = new CacheControl();
  cache.add(['public, max-age=60, s-maxage=90']);
  cache.makePrivate();
  assert.equal(cache.toString(), 'private, max-age=60');
  cache.forbid();
  assert.equal(cache.toString(), 'no-store');
});

test('no order of replies loosens the whole, and more replies never do', () => {
  const directive = fc.constantFrom(
    'public',
    'private',
    'no-store',
    'no-cache',
    'max-age=5',
    'max-age=50',
    's-maxage=9',
  );
  const reply = fc.array(directive, { maxLength: 4 }).map((list) => list.join(', '));
  const ageOf = (text: string): number => Number(/max-age=(\d+)/.exec(text)?.[1] ?? 0);
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1, maxLength: 4 }), reply, (replies, more) => {
      const before = merge(...replies);
      assert.equal(merge(...replies.toReversed()), before);
      const after = merge(...replies, more);
      if (before === 'no-store') assert.equal(after, 'no-store');
      assert.ok(ageOf(after) <= ageOf(before) || before === 'no-store');
      if (before.includes('private')) assert.ok(after.includes('private') || after === 'no-store');
      if (before.includes('no-cache')) assert.ok(after.includes('no-cache') || after === 'no-store');
    }),
  );
});
