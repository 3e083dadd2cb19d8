import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { replyRules } from './field-rules.ts';
import { madeReply, ReplyView } from './reply-view.ts';

const rules = replyRules(false);

test('with another body goes what described the old one', () => {
  const given = HeaderFields.of({
    'content-length': '5',
    etag: '"a"',
    'content-encoding': 'gzip',
    'x-a': '1',
  });
  const view = new ReplyView(200, given, rules, Buffer.from('bytes'));
  assert.equal(String(view.body), 'bytes');
  assert.equal(view.finalHeaders(), given);
  view.replaceBody('text');
  assert.deepEqual([...view.finalHeaders()], [['x-a', '1']]);
  assert.deepEqual([String(view.body), given.size], ['text', 4]);
});

test('an answer has a final status, and can not be changed once it has gone on', () => {
  assert.throws(() => madeReply(rules, 101), /no status of a final answer/);
  assert.throws(() => madeReply(rules, 200, { connection: 'close' }), /gateway's own/);
  const view = madeReply(rules, 404, { 'x-a': '1' }, 'none');
  view.close();
  assert.throws(() => view.replaceBody(''), /has gone on/);
  assert.throws(() => view.headers.set('x-b', '1'), /has gone on/);
});
