import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventGuard } from './event-guard.ts';

test('an event ends with an empty line, however lines end', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const guard = new EventGuard(100);
    assert.ok(guard.atBoundary);
    guard.watch(Buffer.from(`data: a${end}`));
    assert.ok(!guard.atBoundary);
    guard.watch(Buffer.from(end));
    assert.ok(guard.atBoundary, JSON.stringify(end));
    guard.watch(Buffer.from(`: comment${end}${end}${end}`));
    assert.ok(guard.atBoundary);
  }
});

test('an event may have so many bytes, a stream as many as it likes', () => {
  const guard = new EventGuard(10);
  for (let i = 0; i < 100; i += 1) assert.ok(guard.watch(Buffer.from('data: 123\n\n')));
  assert.ok(!guard.watch(Buffer.from('data: 12345\n\n')));
});

test('pieces make no difference', () => {
  const text = fc.array(fc.constantFrom('data: x', '\n', '\r', '\r\n', ': c', 'id: 1'), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(8)), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const whole = new EventGuard(30);
      const fits = whole.watch(bytes);
      const pieced = new EventGuard(30);
      let at = 0;
      let fitted = true;
      for (const cut of [...cuts, bytes.length]) {
        fitted = fitted && pieced.watch(bytes.subarray(at, at + cut));
        at += cut;
      }
      assert.equal(fitted, fits);
      if (fits) assert.equal(pieced.atBoundary, whole.atBoundary);
    }),
  );
});
