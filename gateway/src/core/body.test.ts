import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Body, collect, type Flow, type Sink, WholeBody } from './body.ts';
import { FrontdeskError } from './errors.ts';

const tooLarge = () => new FrontdeskError('payload_too_large');

/** A body that a test drives by hand. */
class DrivenBody implements Body {
  length: number | undefined;
  readonly replayable = false;
  sink: Sink | undefined;
  cancelled: Error | undefined;
  discarded: Error | undefined;

  start(sink: Sink): Flow {
    this.sink = sink;
    return {
      resume() {},
      cancel: (reason) => {
        this.cancelled = reason;
      },
    };
  }

  discard(reason: Error): void {
    this.discarded = reason;
  }
}

test('collect joins the chunks of any body, up to the limit and not a byte further', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 9 })),
      fc.integer({ min: 0, max: 40 }),
      async (chunks, max) => {
        const body = new DrivenBody();
        const collected = collect(body, max, tooLarge);
        const whole = Buffer.concat(chunks);
        for (const chunk of chunks) if (!body.cancelled) body.sink?.write(chunk);
        if (!body.cancelled) body.sink?.end();
        if (whole.length > max) {
          await assert.rejects(collected, { code: 'payload_too_large' });
          assert.ok(body.cancelled);
        } else assert.deepEqual(Buffer.from(await collected), whole);
      },
    ),
  );
});

test('a declared length over the limit is refused before a byte is read', async () => {
  const body = new DrivenBody();
  body.length = 11;
  await assert.rejects(collect(body, 10, tooLarge), { code: 'payload_too_large' });
  assert.equal(body.sink, undefined);
  assert.ok(body.discarded);
});

test('collect hands on the failure of its source', async () => {
  const body = new DrivenBody();
  const collected = collect(body, 10, tooLarge);
  body.sink?.write(Buffer.from('ab'));
  body.sink?.fail(new Error('reset'));
  await assert.rejects(collected, /reset/);
});

test('a source that pushes past the limit before its reins are out is cancelled all the same', async () => {
  const body = new DrivenBody();
  const start = body.start.bind(body);
  body.start = (sink) => {
    const flow = start(sink);
    sink.write(Buffer.alloc(11));
    return flow;
  };
  await assert.rejects(collect(body, 10, tooLarge), { code: 'payload_too_large' });
  assert.ok(body.cancelled);
});

test('a whole body flows again and again', async () => {
  const body = new WholeBody('été');
  assert.equal(body.length, 5);
  for (let i = 0; i < 2; i += 1) {
    const chunks: Uint8Array[] = [];
    let ended = false;
    body.start({
      write: (chunk) => chunks.push(chunk) > 0,
      end: () => {
        ended = true;
      },
      fail: assert.fail,
    });
    assert.equal(Buffer.concat(chunks).toString(), 'été');
    assert.ok(ended);
  }
  await assert.rejects(collect(body, 4, tooLarge), { code: 'payload_too_large' });
});
