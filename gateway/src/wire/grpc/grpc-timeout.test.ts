import assert from 'node:assert/strict';
import { it } from 'node:test';
import { grpcTimeout } from './grpc-timeout.ts';

it('is never longer than it is, and has eight digits at most', () => {
  for (const [ms, text] of [
    [0, '1m'],
    [1.9, '1m'],
    [250, '250m'],
    [99_999_999, '99999999m'],
    [100_000_000, '100000S'],
    [1e15, '99999999H'],
  ] as const) {
    assert.equal(grpcTimeout(ms), text);
  }
});
