import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  formatDuration,
  formatFieldMask,
  formatTimestamp,
  parseDuration,
  parseFieldMask,
  parseTimestamp,
} from './well-known-json.ts';

it('a Timestamp has 0, 3, 6 or 9 digits, and Z', () => {
  for (const [nanos, text] of [
    [0, '1970-01-01T00:00:01Z'],
    [10_000_000, '1970-01-01T00:00:01.010Z'],
    [1000, '1970-01-01T00:00:01.000001Z'],
    [1, '1970-01-01T00:00:01.000000001Z'],
  ] as const) {
    assert.equal(formatTimestamp({ seconds: 1n, nanos }), text);
    assert.deepEqual(parseTimestamp(text), { seconds: 1n, nanos });
  }
  assert.deepEqual(parseTimestamp('1969-12-31T23:59:59.5Z'), { seconds: -1n, nanos: 500_000_000 });
  assert.equal(formatTimestamp({ seconds: -62_135_596_800n, nanos: 0 }), '0001-01-01T00:00:00Z');
  assert.equal(formatTimestamp({ seconds: 253_402_300_799n, nanos: 0 }), '9999-12-31T23:59:59Z');
  assert.throws(() => formatTimestamp({ seconds: 253_402_300_800n, nanos: 0 }), RangeError);
  assert.throws(() => formatTimestamp({ seconds: 0n, nanos: -1 }), RangeError);
});

it('a Duration is below a second and below nothing too', () => {
  for (const [seconds, nanos, text] of [
    [0n, 0, '0s'],
    [-1n, -500_000_000, '-1.500s'],
    [0n, -1, '-0.000000001s'],
    [315_576_000_000n, 0, '315576000000s'],
  ] as const) {
    assert.equal(formatDuration({ seconds, nanos }), text);
    assert.deepEqual(parseDuration(text), { seconds, nanos });
  }
  assert.throws(() => formatDuration({ seconds: 1n, nanos: -1 }), RangeError);
  assert.throws(() => formatDuration({ seconds: 0n, nanos: 1_000_000_000 }), RangeError);
});

it('a FieldMask is camelCase, and says only what can be said back', () => {
  assert.deepEqual(parseFieldMask('userName,a.b'), ['user_name', 'a.b']);
  assert.deepEqual(parseFieldMask(''), []);
  assert.equal(formatFieldMask(['user_name', 'a.b']), 'userName,a.b');
  for (const path of ['fooBar', 'foo__bar', 'foo_', 'foo_3']) {
    assert.throws(() => formatFieldMask([path]), RangeError, path);
  }
  assert.throws(() => parseFieldMask('a,,b'), /camelCase/);
});
