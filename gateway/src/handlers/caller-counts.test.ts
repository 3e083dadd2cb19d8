import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../core/testing/exchange.ts';
import { CallerCounts } from './caller-counts.ts';

test('each caller has a count of its own, and none is kept of who has nothing open', () => {
  const counts = new CallerCounts();
  const a = makeIdentity({ subject: 'a' });
  const first = counts.add(a, '192.0.2.1', 2);
  const second = counts.add(a, '192.0.2.2', 2);
  assert.equal(counts.add(a, '192.0.2.3', 2), undefined);
  const others = [
    counts.add(makeIdentity({ subject: 'a', consumer: 'shop' }), '192.0.2.1', 2),
    counts.add(undefined, '192.0.2.1', 2),
  ];
  assert.equal(counts.size, 3);
  first?.();
  const third = counts.add(a, '192.0.2.1', 2);
  assert.ok(third);
  for (const release of [second, third, ...others]) release?.();
  assert.equal(counts.size, 0);
});
