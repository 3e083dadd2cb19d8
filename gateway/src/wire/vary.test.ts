import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { appendVary } from './vary.ts';

test('a name stands in Vary once, whatever stood there', () => {
  for (const [before, after] of [
    [[], ['Origin']],
    [['vary', ''], ['Origin']],
    [['vary', 'Accept'], ['Accept, Origin']],
    [['vary', 'Accept', 'vary', 'Cookie'], ['Accept, Cookie, Origin']],
    [['vary', 'accept, origin'], ['accept, origin']],
    [['vary', '*'], ['*']],
  ] as const) {
    const headers = new HeaderFields([...before]);
    appendVary(headers, 'Origin');
    assert.deepEqual(headers.getAll('vary'), after);
  }
});
