import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { answerReply } from './answer-reply.ts';

const ask = (cacheControl: string, ifNoneMatch?: string, value: unknown = { a: 1 }) =>
  answerReply(
    { method: 'GET', headers: HeaderFields.of(ifNoneMatch ? { 'if-none-match': ifNoneMatch } : {}) },
    value,
    { incomplete: [], cacheControl },
  );

describe('an answer of the REST face', () => {
  it('has a strong entity tag where it may be kept, which differs with the answer', () => {
    const etag = ask('private, max-age=5').headers.get('etag') ?? assert.fail();
    assert.match(etag, /^"[A-Za-z0-9_-]{27}"$/);
    assert.notEqual(ask('private, max-age=5', undefined, { a: 2 }).headers.get('etag'), etag);
    assert.equal(ask('no-store').headers.has('etag'), false);
  });

  it('is 304 without a body for who has it, with the fields that a cache needs', () => {
    const etag = ask('private, max-age=5').headers.get('etag') ?? assert.fail();
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, headers, body } = ask('private, max-age=5', known);
      assert.equal(status, 304);
      assert.equal(body.length, 0);
      assert.equal(headers.get('etag'), etag);
      assert.equal(headers.get('cache-control'), 'private, max-age=5');
      assert.equal(headers.has('content-type'), false);
    }
    assert.equal(ask('private, max-age=5', '"x"').status, 200);
    assert.equal(ask('no-store', '*').status, 200);
  });
});
