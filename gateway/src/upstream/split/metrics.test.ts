import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../telemetry/metrics.ts';
import { splitMetrics } from './metrics.ts';

test('each says of which split and side it speaks', async () => {
  const meter = createMetrics({ maxSeries: 100 });
  const metrics = splitMetrics(meter);
  metrics.calls(1, 'users', 'canary', 'key', 'ok');
  metrics.fallbacks(1, 'users', 'canary');
  metrics.share(0.25, 'users', 'canary');
  const text = await meter.text();
  assert.match(
    text,
    /frontdesk_split_calls_total\{split="users",side="canary",chosen="key",outcome="ok"\} 1/,
  );
  assert.match(text, /frontdesk_split_fallbacks_total\{split="users",side="canary"\} 1/);
  assert.match(text, /frontdesk_split_share\{split="users",side="canary"\} 0.25/);
});
