/** Which metrics and labels there are for whoever asks Prometheus: ours, the process', and what scraping and rules add. */
import assert from 'node:assert/strict';
import { documentedMetrics, processMetrics } from './catalogue.ts';
import { readPromql } from './promql.ts';

const BY_SCRAPING = ['job', 'instance'];

export function knownSeries(): Map<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { name, type, labels } of documentedMetrics().values()) {
    const own = new Set([...labels, ...BY_SCRAPING]);
    if (type !== 'histogram') known.set(name, own);
    else addHistogram(known, name, own);
  }
  const labels = new Set(['kind', 'space', 'type', ...BY_SCRAPING]);
  for (const name of processMetrics()) {
    if (name === 'nodejs_gc_duration_seconds') addHistogram(known, name, labels);
    else known.set(name, labels);
  }
  return known;
}

function addHistogram(
  known: Map<string, ReadonlySet<string>>,
  name: string,
  labels: ReadonlySet<string>,
): void {
  known.set(`${name}_bucket`, new Set([...labels, 'le']));
  known.set(`${name}_sum`, labels);
  known.set(`${name}_count`, labels);
}

/** Every metric and label of an expression is one that there is. */
export function assertAsks(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  text: string,
  where: string,
): void {
  const { selectors, groupings } = readPromql(text);
  // Of a gauge they say nothing; of all else they must be asked first, and summed then.
  for (const [, metric = ''] of text.matchAll(/\b(?:rate|irate|increase)\(\s*(\w+)/g))
    assert.match(
      metric,
      /_(?:total|bucket|sum|count)$/,
      `${where}: a rate of ${metric}, which is no counter`,
    );
  const labels = new Set<string>();
  for (const { metric, labels: matched } of selectors) {
    const own = known.get(metric);
    assert.ok(own, `${where}: there is no metric ${metric}`);
    for (const label of own) labels.add(label);
    for (const label of matched) assert.ok(own.has(label), `${where}: ${metric} has no label ${label}`);
  }
  for (const label of groupings)
    assert.ok(labels.has(label), `${where}: nothing there has a label ${label}: ${text}`);
}
