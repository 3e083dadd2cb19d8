/** The rules in gateway/deploy/prometheus: of metrics that there are, and each alert with its place in the run-book. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ROOT } from '../stack/config.ts';
import { assertAsks, knownSeries } from './known-series.ts';
import { readPromql } from './promql.ts';

const FOLDER = join(ROOT, 'gateway/deploy/prometheus');
const FILE = join(FOLDER, 'alerts.yaml');
const PROMTOOL = process.env.FRONTDESK_TEST_PROMTOOL;

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function rules(): Rule[] {
  const document: { groups: { rules: Rule[] }[] } = parse(readFileSync(FILE, 'utf8'));
  return document.groups.flatMap((group) => group.rules);
}

test('what does not parse, or asks for what is not there, is seen', () => {
  const known = knownSeries();
  assert.throws(() => readPromql('sum by (route) (rate(frontdesk_requests_total[5m])'), SyntaxError);
  assert.throws(() => assertAsks(known, 'rate(frontdesk_request_total[5m])', 'x'), /no metric/);
  assert.throws(() => assertAsks(known, 'frontdesk_requests_total{path="/"}', 'x'), /no label path/);
  assert.throws(() => assertAsks(known, 'rate(frontdesk_requests_in_flight[5m])', 'x'), /no counter/);
  assert.throws(() => assertAsks(known, 'sum by (user) (frontdesk_requests_total)', 'x'), /label user/);
});

test('rules ask for metrics and labels that there are', () => {
  const known = knownSeries();
  for (const { record, alert, expr } of rules()) {
    assertAsks(known, expr, record ?? alert ?? '');
    // Later rules may ask for it, by what its outermost grouping leaves.
    if (record !== undefined) known.set(record, new Set(readPromql(expr).groupings));
  }
});

test('every alert says how urgent it is, what is wrong, and where the run-book tells what to do', () => {
  const page = join(ROOT, 'gateway/docs/OPERATIONS.md');
  const headings = existsSync(page)
    ? [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      )
    : undefined;
  const alerts = rules().filter(({ alert }) => alert !== undefined);
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  for (const { alert, labels, annotations, expr } of alerts) {
    assert.match(alert ?? '', /^Frontdesk[A-Z]/);
    assert.match(labels?.severity ?? '', /^(?:page|ticket)$/, alert);
    const anchor = /^docs\/OPERATIONS\.md#(.+)$/.exec(annotations?.runbook ?? '')?.[1] ?? '';
    assert.ok(anchor !== '' && (headings?.includes(anchor) ?? true), `${alert}: no place ${anchor}`);
    const left = new Set([...readPromql(expr).groupings, 'job', 'instance']);
    for (const [, label = ''] of (annotations?.summary ?? '').matchAll(/\$labels\.(\w+)/g))
      assert.ok(left.has(label) || expr.includes('frontdesk:'), `${alert}: $labels.${label} is not left`);
  }
});

test('Prometheus takes the rules, and they fire when they should', {
  skip: PROMTOOL ? false : 'no promtool',
}, () => {
  for (const args of [
    ['check', 'rules', 'alerts.yaml'],
    ['test', 'rules', 'alerts-test.yaml'],
  ]) {
    const { status, stdout, stderr } = spawnSync(PROMTOOL ?? '', args, { cwd: FOLDER, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  }
});
