import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../telemetry/metrics.ts';
import { cacheMetrics } from './metrics.ts';

test('the instruments have the labels that are given to them', async () => {
  const metrics = createMetrics({ process: false });
  const cache = cacheMetrics(metrics);
  cache.requests(1, 'catalog', 'hit');
  cache.purges(1, 'catalog', 'tag');
  for (const one of [cache.servedBytes, cache.bytes, cache.replies, cache.evictions, cache.storeErrors])
    one(2, 'catalog');
  const text = await metrics.text();
  assert.match(text, /frontdesk_cache_requests_total\{upstream="catalog",result="hit"\} 1/);
  assert.match(text, /frontdesk_cache_purges_total\{upstream="catalog",kind="tag"\} 1/);
  assert.match(text, /frontdesk_cache_bytes\{upstream="catalog"\} 2/);
});
