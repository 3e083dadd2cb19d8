import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from './abort.ts';

test('the first reason stands, and listeners hear it once, in order', () => {
  const cancellation = new Cancellation();
  const heard: string[] = [];
  cancellation.onCancel((reason) => heard.push(`a ${reason.message}`));
  const stop = cancellation.onCancel(() => heard.push('never'));
  cancellation.onCancel((reason) => heard.push(`b ${reason.message}`));
  stop();
  cancellation.cancel(new Error('first'));
  cancellation.cancel(new Error('second'));
  assert.deepEqual(heard, ['a first', 'b first']);
  assert.equal(cancellation.reason?.message, 'first');
  assert.throws(() => cancellation.throwIfCancelled(), /first/);
});

test('who comes late hears it at once', () => {
  const cancellation = new Cancellation();
  cancellation.cancel(new Error('gone'));
  let heard: Error | undefined;
  cancellation.onCancel((reason) => {
    heard = reason;
  });
  assert.equal(heard?.message, 'gone');
});

test('the signal follows, whether it was asked for before or after', () => {
  const early = new Cancellation();
  const signal = early.signal;
  assert.equal(signal.aborted, false);
  const reason = new Error('stop');
  early.cancel(reason);
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason, reason);
  const late = new Cancellation();
  late.cancel(reason);
  assert.equal(late.signal.reason, reason);
});

test('who stopped listening hears nothing, whether it came first or later', () => {
  const cancellation = new Cancellation();
  const heard: string[] = [];
  const stopFirst = cancellation.onCancel(() => heard.push('first'));
  const stopSecond = cancellation.onCancel(() => heard.push('second'));
  cancellation.onCancel(() => heard.push('third'));
  stopFirst();
  stopSecond();
  stopFirst();
  cancellation.onCancel(() => heard.push('fourth'));
  cancellation.cancel(new Error('now'));
  assert.deepEqual(heard, ['third', 'fourth']);
});
