import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LineReader, NDJSON_MEDIA_TYPE } from './ndjson.ts';

const tooLong = (): Error => new RangeError('too long');

it('lines come out whole, however the bytes are cut, the last without its break too', () => {
  const text = '{"a":"grüß"}\n\r\n\n[1]\r\n2';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = new LineReader(100, tooLong);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...reader.push(bytes.subarray(at, at + size)));
    assert.deepEqual([...lines, ...reader.end()], ['{"a":"grüß"}', '[1]', '2']);
  }
  assert.equal(NDJSON_MEDIA_TYPE, 'application/x-ndjson');
});

it('a line past the limit is refused before its end comes', () => {
  const reader = new LineReader(3, tooLong);
  assert.deepEqual(reader.push(Buffer.from('abc\n')), ['abc']);
  reader.push(Buffer.from('ab'));
  assert.throws(() => reader.push(Buffer.from('cd')), RangeError);
});
