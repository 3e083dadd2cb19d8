import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { upstreamMetrics } from '../breaker/observation.ts';
import { EndpointNews } from './endpoint-news.ts';

function rig() {
  const series = new Map<string, number>();
  const lines: string[] = [];
  const note =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
  const metrics = upstreamMetrics({
    ...noMeter,
    gauge:
      ({ name }) =>
      (value, ...labels) =>
        void series.set([name.replace('frontdesk_upstream_', ''), ...labels].join(' '), value),
    counter:
      ({ name }) =>
      (value, ...labels) => {
        const key = [name.replace('frontdesk_upstream_', ''), ...labels].join(' ');
        series.set(key, (series.get(key) ?? 0) + value);
      },
  });
  const epoch = { value: 0 };
  return { series, lines, epoch, news: new EndpointNews({ metrics, logger, epoch }) };
}

test('an ejection and its end are counted, shown and logged, and what was worked out before is stale', () => {
  const { news, series, lines, epoch } = rig();
  news.came('users', 'a:1', true);
  news.health({ kind: 'ejected', reason: 'success_rate', forMs: 30_000, times: 1 }, false, 'users', 'a:1');
  assert.deepEqual(Object.fromEntries(series), {
    'breaker_state users a:1': 0,
    'endpoint_healthy users a:1': 0,
    'endpoint_ejected users a:1': 1,
    'ejections_total users success_rate': 1,
  });
  news.health({ kind: 'readmitted', by: 'probe' }, true, 'users', 'a:1');
  assert.equal(series.get('endpoint_ejected users a:1'), 0);
  assert.equal(series.get('endpoint_healthy users a:1'), 1);
  assert.deepEqual(lines, [
    'warn endpoint ejected {"upstream":"users","endpoint":"a:1","reason":"success_rate","forMs":30000,"times":1}',
    'info endpoint readmitted {"upstream":"users","endpoint":"a:1","by":"probe"}',
  ]);
  assert.equal(epoch.value, 2);
});

test('what probes say is logged with its cause', () => {
  const { news, lines, series } = rig();
  news.came('users', 'a:1', false);
  news.health({ kind: 'unhealthy', cause: 'status 503' }, false, 'users', 'a:1');
  assert.equal(series.get('endpoint_healthy users a:1'), 0);
  news.health({ kind: 'healthy' }, true, 'users', 'a:1');
  assert.equal(series.get('endpoint_healthy users a:1'), 1);
  assert.match(lines[0] ?? '', /^warn endpoint is unhealthy .*"cause":"status 503"/);
  assert.match(lines[1] ?? '', /^info endpoint is healthy/);
});

test('a template’s breaker has a series of its own', () => {
  const { news, series, lines, epoch } = rig();
  news.breaker('open', 'users', 'a:1', '/users/*');
  news.breaker('half-open', 'users', 'a:1');
  assert.deepEqual(Object.fromEntries(series), {
    'template_breaker_state users a:1 /users/*': 1,
    'breaker_state users a:1': 0.5,
  });
  assert.match(lines[0] ?? '', /"template":"\/users\/\*","state":"open"/);
  assert.equal(epoch.value, 2);
});

test('panic is a warning, another sharing out is news', () => {
  const { news, lines } = rig();
  const level = { targets: [], streamTargets: [], beyond: undefined };
  news.placement([{ ...level, share: 1, panic: true }], 'users');
  news.placement(
    [
      { ...level, share: 0.7, panic: false },
      { ...level, share: 0.30004, panic: false, beyond: 'zone' },
    ],
    'users',
  );
  assert.match(lines[0] ?? '', /^warn too few endpoints are healthy/);
  assert.match(lines[1] ?? '', /^info .*"to":"first".*"share":0.7.*"to":"zone".*"share":0.3,/);
});

test('what metrics tell of an endpoint goes with it, and not with one of two of its name', () => {
  const { news, series } = rig();
  news.came('users', 'a:1', true);
  news.came('users', 'a:1', true);
  news.gone('users', 'a:1');
  assert.equal(series.get('breaker_state users a:1'), 0);
  news.gone('users', 'a:1');
  for (const name of ['breaker_state', 'endpoint_healthy', 'endpoint_ejected', 'in_flight', 'queued']) {
    assert.ok(Number.isNaN(series.get(`${name} users a:1`)), name);
  }
});

test('the breakers of templates go with their endpoint, and an ejection that ends later is no news', () => {
  const { news, series, lines } = rig();
  news.came('users', 'a:1', false);
  news.breaker('open', 'users', 'a:1', '/users/*');
  news.gone('users', 'a:1');
  assert.ok(Number.isNaN(series.get('template_breaker_state users a:1 /users/*')));
  assert.ok(Number.isNaN(series.get('endpoint_warmth users a:1')));
  const before = lines.length;
  news.health({ kind: 'readmitted', by: 'time' }, true, 'users', 'a:1');
  assert.ok(Number.isNaN(series.get('endpoint_healthy users a:1')));
  assert.equal(lines.length, before);
});
