import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { answer, cacheOver } from './cache.fixture.ts';
import { Fill } from './fill.ts';
import { storedOf } from './stored.fixture.ts';

test('fetches of one slot are told apart by what its replies were seen to vary by', () => {
  const { shared } = cacheOver({}, () => answer({}));
  const key = (language: string): string =>
    shared.fillKey('a', HeaderFields.of({ 'accept-language': language }));
  assert.equal(key('de'), key('en'));
  shared.put('a', 'a', storedOf({ vary: 'accept-language' }), 0);
  assert.notEqual(key('de'), key('en'));
  assert.equal(key('de'), key('DE'));
});

test("where a reply could not be kept nobody waits for another's, for a while", () => {
  const { shared, clock } = cacheOver({}, () => answer({}));
  assert.ok(shared.mayCollapse('a'));
  shared.passes('a');
  assert.ok(!shared.mayCollapse('a'));
  clock.advance(10_000);
  assert.ok(shared.mayCollapse('a'));
});

test('a purge ends joining what is under way', async () => {
  const { shared } = cacheOver({}, () => answer({}));
  new Fill(shared.fills, 'a', '/a');
  await shared.purge({ kind: 'uri', uri: '/b' });
  assert.equal(shared.fills.size, 1);
  await shared.purge({ kind: 'uri', uri: '/a' });
  assert.equal(shared.fills.size, 0);
  new Fill(shared.fills, 'a', '/a');
  await shared.purge({ kind: 'all' });
  assert.equal(shared.fills.size, 0);
});

test('long names, which clients choose, are not remembered', () => {
  const { shared } = cacheOver({}, () => answer({}));
  const long = 'a'.repeat(2_000);
  shared.passes(long);
  assert.ok(shared.mayCollapse(long));
});
