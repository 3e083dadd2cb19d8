import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { HandBody } from '../testing/harness.ts';
import { TimedUpload } from './timed-upload.ts';

function begin(takes: () => boolean) {
  const clock = new ManualClock();
  const source = new HandBody(3);
  const upload = new TimedUpload(source, clock);
  const heard: string[] = [];
  const flow = upload.start({
    write: (chunk) => {
      heard.push(Buffer.from(chunk).toString());
      return takes();
    },
    end: () => void heard.push('end'),
    fail: (error) => void heard.push(error.message),
  });
  return { clock, source, upload, heard, flow };
}

test('everything passes through, both ways', () => {
  const { source, upload, heard, flow } = begin(() => true);
  assert.equal(upload.length, 3);
  assert.equal(upload.replayable, false);
  source.sink?.write(Buffer.from('abc'));
  source.sink?.end();
  flow.resume();
  assert.deepEqual([heard, source.resumes], [['abc', 'end'], 1]);
});

test('it knows when the backend has all, and since when it takes nothing', () => {
  let takes = false;
  const { clock, source, upload, flow } = begin(() => takes);
  assert.deepEqual([upload.waitingSince, upload.heldSince], [undefined, undefined]);
  clock.advance(5);
  source.sink?.write(Buffer.from('a'));
  clock.advance(5);
  assert.equal(upload.heldSince, 5);
  flow.resume();
  assert.equal(upload.heldSince, undefined);
  takes = true;
  source.sink?.end();
  assert.equal(upload.waitingSince, 10);
});

test('a body that breaks or is not wanted any more is waited for no longer', () => {
  const broken = begin(() => true);
  broken.source.sink?.fail(new Error('gone'));
  assert.deepEqual([broken.heard, broken.upload.waitingSince], [['gone'], 0]);
  const unwanted = begin(() => true);
  unwanted.flow.cancel(new Error('enough'));
  assert.equal(unwanted.source.cancelled?.message, 'enough');
  assert.equal(unwanted.upload.waitingSince, 0);
});
