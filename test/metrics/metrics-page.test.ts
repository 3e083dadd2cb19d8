/** gateway/docs/METRICS.md tells of every metric that there is, and of none that there is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedMetrics, mentionedNames, registeredMetrics } from './catalogue.ts';

test('every name of a metric in the source is one that is registered there', () => {
  assert.deepEqual(new Set(registeredMetrics().keys()), mentionedNames());
});

test('the page has every metric, with its type and labels, and no other', () => {
  const registered = registeredMetrics();
  const documented = documentedMetrics();
  assert.deepEqual([...documented.keys()].sort(), [...registered.keys()].sort());
  for (const [name, metric] of registered) assert.deepEqual(documented.get(name), metric, name);
});

/** What is there once for each process, and adds up. All other gauges are states, of which no sum makes sense. */
const COUNTED = [
  'frontdesk_bff_running',
  'frontdesk_cache_bytes',
  'frontdesk_cache_replies',
  'frontdesk_graph_streams',
  'frontdesk_graph_subscriptions',
  'frontdesk_heap_limit_bytes',
  'frontdesk_listener_connections',
  'frontdesk_proxy_streams',
  'frontdesk_requests_in_flight',
  'frontdesk_trace_spans_queued',
  'frontdesk_upstream_concurrency_limit',
  'frontdesk_upstream_in_flight',
  'frontdesk_upstream_queued',
  'frontdesk_workers_spare',
];

test('gauges add up over workers where they count something, and nowhere else', () => {
  const added = [...registeredMetrics().values()].filter(
    (one) => one.type === 'gauge' && one.across === 'sum',
  );
  assert.deepEqual(added.map(({ name }) => name).sort(), COUNTED);
});

test('names end as their kind asks: counters in _total, nothing else in it', () => {
  for (const { name, type } of registeredMetrics().values()) {
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.match(name, /_(?:seconds|bytes)$/, name);
  }
});
