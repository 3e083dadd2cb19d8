import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOpenMetrics } from './open-metrics.ts';

const COUNTER = '# TYPE a counter\n# HELP a x\n';
const HISTOGRAM = '# TYPE h histogram\n';

test('what the specification takes is read', () => {
  const read = readOpenMetrics(
    `${COUNTER}a_total{x="\\"\\\\\\n # ",y="z"} 2\n${HISTOGRAM}h_bucket{le="1.0"} 1 # {trace_id="t"} 0.5 1.5\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 0.5\n# EOF\n`,
  );
  assert.deepEqual(
    [...(read.get('a')?.samples[0]?.labels ?? [])],
    [
      ['x', '"\\\n # '],
      ['y', 'z'],
    ],
  );
  assert.equal(read.get('h')?.samples[0]?.exemplar?.labels.get('trace_id'), 't');
});

test('everything else is refused', () => {
  for (const [text, why] of [
    [`${COUNTER}a_total 1\n`, /EOF/],
    [`${COUNTER}a 1\n# EOF\n`, /outside its family/],
    ['# TYPE a_total counter\na_total 1\n# EOF\n', /with its suffix/],
    [`${COUNTER}a_total -1\n# EOF\n`, /below zero/],
    [`${COUNTER}a_total 1\na_total 1\n# EOF\n`, /twice/],
    [`${COUNTER}${HISTOGRAM}${COUNTER}# EOF\n`, /a family twice/],
    ['# TYPE g gauge\n# HELP g a "b"\n# EOF\n', /quote/],
    ['# TYPE g gauge\ng 1 # {a="b"} 1\n# EOF\n', /exemplar/],
    ['# TYPE g gauge\ng{a="b"c="d"} 1\n# EOF\n', /labels/],
    ['# TYPE g gauge\ng x\n# EOF\n', /number/],
    ['# TYPE g gauge\n\n# EOF\n', /neither/],
    [`${HISTOGRAM}h_bucket{le="1"} 1\nh_count 1\n# EOF\n`, /not written as a float/],
    [`${HISTOGRAM}h_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n`, /rise/],
    [`${HISTOGRAM}h_bucket{le="1.0"} 1\nh_count 1\n# EOF\n`, /Inf/],
    [
      `${HISTOGRAM}h_bucket{le="1.0"} 1 # {t="a"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n`,
      /bucket up to/,
    ],
  ] as const) {
    assert.throws(() => readOpenMetrics(text), why, text);
  }
});
