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

test('names end as their kind asks: counters in _total, nothing else in it', () => {
  for (const { name, type } of registeredMetrics().values()) {
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.match(name, /_(?:seconds|bytes)$/, name);
  }
});
