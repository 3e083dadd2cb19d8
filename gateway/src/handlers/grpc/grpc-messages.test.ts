import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { HandBody } from '../../upstream/testing/harness.ts';
import { grpcFrame } from '../../wire/grpc/grpc-frames.ts';
import { grpcMessages } from './grpc-messages.ts';

const frame = (text: string): Uint8Array => grpcFrame(Buffer.from(text));
const OK = HeaderFields.of({ 'grpc-status': '0' });

describe('the messages of a stream', () => {
  it('come one by one; the source waits while some are unread', async () => {
    const body = new HandBody();
    const messages = grpcMessages(body, 100);
    const first = messages.next();
    const sink = await body.started;
    assert.equal(sink.write(Buffer.concat([frame('a'), frame('b')])), false);
    assert.equal(Buffer.from((await first).value as Uint8Array).toString(), 'a');
    const resumed = body.resumes;
    assert.equal((await messages.next()).done, false);
    const last = messages.next();
    assert.equal(body.resumes, resumed + 1);
    sink.end(OK);
    const { done, value } = await last;
    assert.deepEqual([done, value], [true, { code: 0, message: '', details: undefined }]);
    assert.equal(body.cancelled, undefined);
  });

  it('who leaves the loop ends the call', async () => {
    const body = new HandBody();
    body.started.then((sink) => sink.write(frame('a')));
    for await (const message of grpcMessages(body, 100)) {
      assert.equal(message.length, 1);
      break;
    }
    assert.ok(body.cancelled);
  });

  for (const [title, hurt, code] of [
    ['a source that breaks', (body: HandBody) => body.sink?.fail(new Error('gone')), 'internal'],
    ['an end without a status', (body: HandBody) => body.sink?.end(), 'upstream_reset'],
    [
      'a message past the limit',
      (body: HandBody) => body.sink?.write(Buffer.from([0, 9, 9, 9, 9])),
      'upstream_too_large',
    ],
  ] as const) {
    it(`${title} is thrown`, async () => {
      const body = new HandBody();
      const next = grpcMessages(body, 100).next();
      await body.started;
      hurt(body);
      await assert.rejects(next, { code });
    });
  }
});
