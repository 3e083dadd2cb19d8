import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coded } from '../../core/testing/errors.ts';
import { readJson, sourceQueue } from './source.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('a message is a JSON object, and it is known whether it has escapes', () => {
  assert.deepEqual(readJson(bytes('{"a":"é"}'), undefined), { body: { a: 'é' }, plain: true, size: 10 });
  assert.equal(readJson(bytes('{"a":"\\n"}'), undefined).plain, false);
  for (const text of ['', 'nonsense', '[]', '1', 'null']) {
    assert.throws(() => readJson(bytes(text), undefined), coded('upstream_invalid'));
  }
});

test('members that nobody may see are gone; what cannot be stripped is refused', () => {
  const strip = () => bytes('{"b":1}');
  assert.deepEqual(readJson(bytes('{"a":1,"b":1}'), strip).body, { b: 1 });
  assert.throws(() => readJson(bytes('{"a":1}'), () => undefined), coded('upstream_invalid'));
});

test('few events are read ahead', () => {
  const queue = sourceQueue(1_000_000, () => {});
  let pushed = 1;
  while (queue.push({ body: {}, plain: true, size: 1 })) pushed += 1;
  assert.equal(pushed, 16);
});
