import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Sink } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { HandBody } from '../testing/harness.ts';
import { TeeBody } from './tee-body.ts';

function rig(maxBytes: number) {
  const source = new HandBody(6);
  const wholes: (string | undefined)[] = [];
  const tee = new TeeBody(source, maxBytes, (bytes) => wholes.push(bytes && Buffer.from(bytes).toString()));
  const seen: string[] = [];
  const sink: Sink = {
    write: (chunk) => {
      seen.push(Buffer.from(chunk).toString());
      return seen.length < 2;
    },
    end: (trailers) => seen.push(`end ${trailers?.size ?? 0}`),
    fail: (error) => seen.push(error.message),
  };
  return { source, tee, sink, seen, wholes };
}

describe('a body that is remembered', () => {
  test('flows as it did, backpressure and trailers included, and is told whole at its end', () => {
    const { source, tee, sink, seen, wholes } = rig(6);
    assert.equal(tee.length, 6);
    const flow = tee.start(sink);
    const buffer = Buffer.from('abc');
    assert.equal(source.sink?.write(buffer), true);
    buffer.fill('x');
    assert.equal(source.sink?.write(Buffer.from('def')), false);
    flow.resume();
    assert.equal(source.resumes, 1);
    assert.deepEqual(wholes, []);
    source.sink?.end(new HeaderFields(['grpc-status', '0']));
    assert.deepEqual(seen, ['abc', 'def', 'end 1']);
    assert.deepEqual(wholes, ['abcdef']);
  });

  test('past the limit it goes on alone', () => {
    const { source, tee, sink, seen, wholes } = rig(5);
    tee.start(sink);
    source.sink?.write(Buffer.from('abc'));
    source.sink?.write(Buffer.from('def'));
    source.sink?.end();
    assert.deepEqual(seen, ['abc', 'def', 'end 0']);
    assert.deepEqual(wholes, [undefined]);
  });

  test('what breaks or is dropped is no body', () => {
    const broken = rig(6);
    broken.tee.start(broken.sink);
    broken.source.sink?.write(Buffer.from('abc'));
    broken.source.sink?.fail(new Error('gone'));
    assert.deepEqual(broken.wholes, []);
    assert.deepEqual(broken.seen, ['abc', 'gone']);
    const dropped = rig(6);
    dropped.tee.discard(new Error('no'));
    assert.deepEqual([dropped.wholes, dropped.source.discarded?.message], [[], 'no']);
  });
});
