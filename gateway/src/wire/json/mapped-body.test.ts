import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Body, collect, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { type ChunkMapping, MappedBody } from './mapped-body.ts';

const UPPER: ChunkMapping = {
  chunk: (chunk) => Buffer.from(Buffer.from(chunk).toString().toUpperCase()),
  end: (trailers) => Buffer.from(trailers ? '!' : '.'),
};

/** A source in the test's hand. */
class Source implements Body {
  readonly length = undefined;
  readonly replayable = false;
  sink: Sink | undefined;
  cancelled: Error | undefined;
  resumed = 0;
  discarded: Error | undefined;

  start(sink: Sink): Flow {
    this.sink = sink;
    return {
      resume: () => {
        this.resumed += 1;
      },
      cancel: (reason) => {
        this.cancelled = reason;
      },
    };
  }

  discard(reason: Error): void {
    this.discarded = reason;
  }
}

class Recorder implements Sink {
  text = '';
  ended = false;
  failed: Error | undefined;
  goOn = true;

  write(chunk: Uint8Array): boolean {
    this.text += Buffer.from(chunk).toString();
    return this.goOn;
  }

  end(): void {
    this.ended = true;
  }

  fail(error: Error): void {
    this.failed = error;
  }
}

describe('a mapped body', () => {
  it('maps each chunk, and says its end', async () => {
    const bytes = await collect(new MappedBody(new WholeBody('abc'), UPPER), 100, () => new Error());
    assert.equal(Buffer.from(bytes).toString(), 'ABC.');
  });

  it('hands on who waits and who goes on, and what comes after the body', () => {
    const source = new Source();
    const sink = new Recorder();
    const flow = new MappedBody(source, UPPER).start(sink);
    sink.goOn = false;
    assert.equal(source.sink?.write(Buffer.from('a')), false);
    flow.resume();
    assert.equal(source.resumed, 1);
    source.sink?.end(HeaderFields.of({ a: 'b' }));
    assert.deepEqual([sink.text, sink.ended], ['A!', true]);
  });

  it('a mapping that throws fails the body and cancels its source, even before its reins are known', () => {
    const chunk = (): never => {
      throw new RangeError('no');
    };
    const source = new Source();
    const sink = new Recorder();
    new MappedBody(source, { ...UPPER, chunk }).start(sink);
    assert.equal(source.sink?.write(Buffer.from('a')), false);
    source.sink?.end();
    assert.ok(source.cancelled && sink.failed && !sink.ended);
    const eager = new Recorder();
    new MappedBody(new WholeBody('a'), { ...UPPER, chunk }).start(eager);
    assert.ok(eager.failed && !eager.ended);
  });

  it('may say of a source that broke that it did, and end', () => {
    const source = new Source();
    const sink = new Recorder();
    new MappedBody(source, { ...UPPER, broken: (error) => Buffer.from(error.message) }).start(sink);
    source.sink?.fail(new Error('gone'));
    assert.deepEqual([sink.text, sink.ended, sink.failed], ['gone', true, undefined]);
  });

  it('drops its source', () => {
    const source = new Source();
    new MappedBody(source, UPPER).discard(new Error('unwanted'));
    assert.equal(source.discarded?.message, 'unwanted');
  });
});
