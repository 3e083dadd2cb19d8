import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wantsOpenMetrics } from './exposition.ts';
import { createMetrics, exposeMerged } from './metrics.ts';
import { readOpenMetrics } from './testing/open-metrics.ts';

const ACCEPT = 'application/openmetrics-text; version=1.0.0';
const latency = {
  name: 'frontdesk_h_seconds',
  help: 'From "first" to last\\',
  labels: ['route'],
  buckets: [0.1, 1],
  exemplars: true,
};

test('OpenMetrics is given to those alone that ask for it', () => {
  for (const accept of [
    ACCEPT,
    'application/openmetrics-text',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.9',
  ])
    assert.ok(wantsOpenMetrics(accept), accept);
  for (const accept of [
    undefined,
    '',
    '*/*',
    'text/plain',
    'application/openmetrics-text;version=2.0.0',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=x',
    'application/openmetrics-text;q=0.2,text/plain;q=0.5',
  ])
    assert.ok(!wantsOpenMetrics(accept), accept);
});

test('a strict reader takes whatever is measured, whatever the labels hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.double({ min: 0, max: 10, noNaN: true }))),
      async (seen) => {
        const metrics = createMetrics({ process: false });
        const count = metrics.counter({ name: 'frontdesk_x_total', help: 'x\n"y"', labels: ['a'] });
        const observe = metrics.histogram(latency);
        for (const [label, value] of seen) {
          count(1, label);
          observe(value, label, 'c'.repeat(32));
        }
        const { text } = await metrics.expose(ACCEPT);
        const read = readOpenMetrics(text);
        const labels = read.get('frontdesk_x')?.samples.map((sample) => sample.labels.get('a'));
        assert.deepEqual(new Set(labels), new Set(seen.map(([label]) => label)));
      },
    ),
    { numRuns: 50 },
  );
});

test('all that a process shows is read, and the older text stays what others get', async () => {
  const metrics = createMetrics();
  const { text, contentType } = await metrics.expose(ACCEPT);
  assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.ok(readOpenMetrics(text).has('frontdesk_event_loop_seconds'));
  const plain = await metrics.expose('*/*');
  assert.match(plain.contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(plain.text, /^frontdesk_event_loop_seconds_total\{state="active"\} /m);
});

test('a bucket shows the trace of one of its observations, and a newer one after it was shown', async () => {
  const metrics = createMetrics({ process: false });
  const observe = metrics.histogram(latency);
  const shown = async (): Promise<(string | undefined)[]> => {
    const read = readOpenMetrics((await metrics.expose(ACCEPT)).text).get(latency.name);
    return (read?.samples ?? [])
      .filter(({ name }) => name.endsWith('_bucket'))
      .map(({ exemplar }) => exemplar?.labels.get('trace_id'));
  };
  observe(0.05, '/a', 'first');
  observe(0.06, '/a', 'second');
  observe(7, '/a', 'slow');
  observe(0.5, '/a', '');
  assert.deepEqual(await shown(), ['first', undefined, 'slow']);
  observe(0.06, '/a', 'third');
  assert.deepEqual(await shown(), ['third', undefined, 'slow']);
});

test('of several processes the newest trace is shown, and the numbers are put together as they should be', async () => {
  const snapshots = [];
  for (const [i, trace] of ['old', 'new'].entries()) {
    const metrics = createMetrics({ process: false });
    const observe = metrics.histogram(latency);
    observe(0.5, '/a', trace);
    metrics.gauge({ name: 'frontdesk_state', help: 's', labels: [], across: 'max' })(i);
    metrics.gauge({ name: 'frontdesk_open', help: 'o', labels: [] })(2);
    // As it comes from another process, and later.
    const snapshot: unknown = JSON.parse(JSON.stringify(await metrics.snapshot()), (key, value) =>
      key === 'at' && trace === 'new' ? Number(value) + 10 : value,
    );
    assert.ok(Array.isArray(snapshot));
    snapshots.push(snapshot);
  }
  const { text } = await exposeMerged(snapshots, ACCEPT);
  const read = readOpenMetrics(text);
  const bucket = read.get(latency.name)?.samples.find(({ labels }) => labels.get('le') === '1.0');
  assert.deepEqual([bucket?.value, bucket?.exemplar?.labels.get('trace_id')], [2, 'new']);
  assert.equal(read.get('frontdesk_state')?.samples[0]?.value, 1);
  assert.equal(read.get('frontdesk_open')?.samples[0]?.value, 4);
  assert.ok(!(await exposeMerged(snapshots, undefined)).text.includes('trace_id'));
});
