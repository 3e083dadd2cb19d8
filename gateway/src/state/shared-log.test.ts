import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelOf, entryMessage, readEntry } from './shared-log.ts';

test('an entry is read as it was said, whatever it holds; what is none is none', () => {
  for (const entry of [
    { number: 12, key: 'a b', text: ' 3 4 ä' },
    { number: 1, key: '', text: '' },
  ])
    assert.deepEqual(readEntry(entryMessage(entry)), entry);
  for (const message of ['', 'x', '1', '1 x y', 'x 1 y', ' 1 y', '1.5 1 y'])
    assert.equal(readEntry(message), undefined);
  assert.equal(channelOf('purges'), 'log:purges');
});
