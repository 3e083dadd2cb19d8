import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffSummary, diffText } from './diff-text.ts';

test('long values are clipped, many lines are counted, and what is not to be seen is told as changed', () => {
  const changes = ['a', 'b', 'c'].map((name) => ({
    section: 'routes',
    name,
    kind: 'changed' as const,
    settings: [
      { setting: 'to', kind: 'changed' as const, from: 'x'.repeat(500), to: 'y z' },
      { setting: 'secret', kind: 'changed' as const },
    ],
  }));
  const text = diffText(changes);
  assert.ok(
    text.startsWith(`routes\n  ~ a\n      ~ to: ${'x'.repeat(120)}… → "y z"\n      ~ secret: changed\n`),
  );
  assert.deepEqual(diffSummary(changes, 2), [
    '~ routes a: to, secret',
    '~ routes b: to, secret',
    'and 1 more',
  ]);
});
