import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, collect, emptyBody, WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { Settlement } from '../core/settlement.ts';
import { coded } from '../core/testing/errors.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { makeJsonStripper } from './json/json-strip.ts';
import { stripReply } from './strip-reply.ts';

const strip = makeJsonStripper(['secret']);

function reply(body: Body, headers: string[] = []): UpstreamReply {
  return { status: 200, headers: new HeaderFields(headers), body, settled: new Settlement().settled };
}

test('members go, fields that spoke of the old bytes go or are set anew', async () => {
  const fields = ['content-type', 'text/html', 'content-length', '20', 'content-digest', 'x', 'etag', '"1"'];
  const given = reply(new WholeBody('{"a":1,"secret":22}\n'), fields);
  const stripped = await stripReply(given, strip, 100);
  assert.equal(
    Buffer.from(await collect(stripped.body, 100, () => new Error('too large'))).toString(),
    '{"a":1}\n',
  );
  assert.deepEqual(stripped.headers.flat, [
    'content-type',
    'text/html',
    'etag',
    '"1"',
    'content-length',
    '8',
  ]);
  assert.equal(stripped.settled, given.settled);
});

test('a reply without a body passes', async () => {
  const stripped = await stripReply(reply(emptyBody, ['content-length', '500']), strip, 100);
  assert.equal(stripped.body.length, 0);
  assert.equal(stripped.headers.has('content-length'), false);
});

test('what cannot be read is refused', async () => {
  await assert.rejects(stripReply(reply(new WholeBody('<p>')), strip, 100), coded('upstream_invalid'));
  await assert.rejects(
    stripReply(reply(new WholeBody('[1]'.repeat(50))), strip, 100),
    coded('upstream_too_large'),
  );
});

test('an encoded body is refused and dropped unread; identity is no encoding', async () => {
  let dropped = false;
  const body: Body = {
    length: undefined,
    replayable: false,
    start: () => {
      throw new Error('read');
    },
    discard: () => {
      dropped = true;
    },
  };
  await assert.rejects(
    stripReply(reply(body, ['content-encoding', 'gzip']), strip, 100),
    coded('upstream_invalid'),
  );
  assert.equal(dropped, true);
  await stripReply(reply(new WholeBody('{}'), ['content-encoding', 'Identity']), strip, 100);
});
