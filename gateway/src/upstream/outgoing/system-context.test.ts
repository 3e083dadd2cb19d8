import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../core/abort.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { systemContext } from './system-context.ts';

test('a system context has a trace of its own, no identity, and a deadline that cancels it', () => {
  const clock = new ManualClock();
  const context = systemContext({ clock, deadlineMs: 100 });
  assert.equal(context.identity, undefined);
  assert.equal(context.client, undefined);
  assert.match(context.trace.traceId, /^[0-9a-f]{32}$/);
  assert.match(context.trace.spanId, /^[0-9a-f]{16}$/);
  assert.match(context.id, /^system-[0-9a-f]{16}$/);
  clock.advance(99);
  assert.equal(context.cancellation.cancelled, false);
  clock.advance(1);
  assert.equal(context.cancellation.cancelled, true);
});

test('whoever asks may bring an id and a cancellation', () => {
  const cancellation = new Cancellation();
  const context = systemContext({ clock: new ManualClock(), deadlineMs: 100, id: 'jwks', cancellation });
  assert.equal(context.id, 'jwks');
  assert.equal(context.cancellation, cancellation);
});
