import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { HandBody } from '../testing/harness.ts';
import { OnceBody } from './once-body.ts';

test('it is its source, and remembers whether it was started', () => {
  const source = new HandBody(7);
  const body = new OnceBody(source);
  assert.deepEqual([body.length, body.replayable, body.started], [7, false, false]);
  const reason = new FrontdeskError('client_closed');
  body.discard(reason);
  assert.equal(source.discarded, reason);
  const sink = { write: () => true, end() {}, fail() {} };
  body.start(sink).cancel(reason);
  assert.equal(body.started, true);
  assert.equal(source.sink, sink);
  assert.equal(source.cancelled, reason);
});
