import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeJsonStripper } from '../json/json-strip.ts';
import { EventStripper } from './event-strip.ts';

const stripper = (max = 1_000) => new EventStripper(makeJsonStripper(['secret']), max);

function written(text: string, piece = text.length): string | undefined {
  const one = stripper();
  let out = '';
  for (let at = 0; at < text.length; at += piece) {
    const bytes = one.write(Buffer.from(text.slice(at, at + piece)));
    if (!bytes) return undefined;
    out += Buffer.from(bytes).toString();
  }
  return out;
}

test('members are gone, every other line is as it was, in whatever pieces it came', () => {
  const text =
    ': hi\n\nid: 1\nevent: a\nretry: 5\ndata: {"secret":1,"b":2}\n\ndata:{"c":[{"secret":1}]}\r\n\r\n';
  const expected = ': hi\n\nid: 1\nevent: a\nretry: 5\ndata: {"b":2}\n\ndata: {"c":[{}]}\n\n';
  for (const piece of [1, 2, 3, 7, text.length]) assert.equal(written(text, piece), expected, String(piece));
});

test('data over several lines is one text', () => {
  assert.equal(written('data: {"secret":\ndata: 1,"b":2}\n\n'), 'data: {"b":2}\n\n');
});

test('it fails closed: what is no JSON, and what is too long', () => {
  assert.equal(written('data: {"secret":1\n\n'), undefined);
  assert.equal(written('data\n\n'), undefined);
  assert.equal(stripper(20).write(Buffer.from('data: {"secret":"0123456789"}')), undefined);
});

test('an event that is not whole is kept back', () => {
  assert.equal(written('data: {"b":1}\n'), '');
});

test('a byte order mark hides nothing', () => {
  const text = '\uFEFFdata: {"secret":1,"b":2}\n\ndata: {"b":"\uFEFF"}\n\n';
  for (const piece of [1, text.length]) {
    assert.equal(written(text, piece), 'data: {"b":2}\n\ndata: {"b":"\uFEFF"}\n\n');
  }
});
