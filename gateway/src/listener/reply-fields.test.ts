import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Body, emptyBody, WholeBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { replyFields, sendsNoBody } from './reply-fields.ts';

const UNKNOWN_LENGTH: Body = {
  ...emptyBody,
  length: undefined,
  replayable: false,
  start: emptyBody.start,
  discard() {},
};

function fields(status: number, method: string, body: Body, flat: string[], close = false): string[] {
  return replyFields(makeReply(status, new HeaderFields(flat), body), method, close);
}

describe('replyFields', () => {
  it('keeps end-to-end fields in order, and drops those of another connection', () => {
    const hop = ['connection', 'x', 'keep-alive', 'a', 'te', 'b', 'trailer', 'c', 'upgrade', 'd'];
    const flat = ['a', '1', ...hop, 'transfer-encoding', 'chunked', 'proxy-connection', 'e', 'a', '2'];
    assert.deepEqual(fields(200, 'GET', UNKNOWN_LENGTH, flat), ['a', '1', 'a', '2']);
  });

  it('says with 426 what is to be upgraded to', () => {
    const said = (close: boolean) => fields(426, 'GET', UNKNOWN_LENGTH, ['upgrade', 'websocket'], close);
    assert.deepEqual(said(false), ['upgrade', 'websocket', 'connection', 'upgrade']);
    assert.deepEqual(said(true), ['upgrade', 'websocket', 'connection', 'upgrade, close']);
  });

  it('says the length that the body has, and no other', () => {
    assert.deepEqual(fields(200, 'GET', new WholeBody('abc'), ['content-length', '7']), [
      'content-length',
      '3',
    ]);
    assert.deepEqual(fields(200, 'GET', emptyBody, []), ['content-length', '0']);
    assert.deepEqual(fields(200, 'GET', UNKNOWN_LENGTH, ['content-length', '7']), []);
  });

  it('lets a reply without a body say what length it would have', () => {
    assert.deepEqual(fields(200, 'HEAD', emptyBody, ['content-length', '7']), ['content-length', '7']);
    assert.deepEqual(fields(200, 'HEAD', new WholeBody('abc'), []), ['content-length', '3']);
    assert.deepEqual(fields(200, 'HEAD', emptyBody, []), []);
    assert.deepEqual(fields(304, 'GET', emptyBody, ['content-length', '7']), ['content-length', '7']);
    assert.deepEqual(fields(204, 'GET', emptyBody, ['content-length', '7']), []);
  });

  it('says when its connection closes', () => {
    assert.deepEqual(fields(204, 'GET', emptyBody, ['connection', 'keep-alive'], true), [
      'connection',
      'close',
    ]);
  });

  it('knows which replies have no body', () => {
    assert.deepEqual(
      [sendsNoBody('HEAD', 200), sendsNoBody('GET', 204), sendsNoBody('GET', 304), sendsNoBody('GET', 200)],
      [true, true, true, false],
    );
  });
});
