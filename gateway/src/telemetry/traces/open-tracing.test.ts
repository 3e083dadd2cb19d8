import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { tracesConfig } from './config.ts';
import { openTracing } from './open-tracing.ts';
import { startCollector } from './testing/collector.ts';

test('what waits when the gateway ends is sent, as this process’s own', async (t) => {
  const collector = await startCollector();
  t.after(() => collector.close());
  const opened = openTracing({
    config: tracesConfig.parse({ sampling: { ratio: 1 }, resource: { team: 'edge' } }),
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'desk' },
    clock: systemClock,
    random: Math.random,
    logger: noLogger,
    meter: noMeter,
    redact: (target) => target,
    spanId: () => 'b'.repeat(16),
    version: '1.2.3',
  });
  const trace = { traceId: 'a'.repeat(32), spanId: 'c'.repeat(16), sampled: false, state: undefined };
  const exchange = exchangeOn(systemClock, { trace });
  opened.tracing.begin(exchange, undefined);
  opened.tracing.end(exchange, 200, { kind: 'complete', bytes: 0 }, 1);
  await opened.close();
  assert.equal(collector.spans[0]?.name, 'GET');
  const { 'service.name': name, 'service.version': version, team, 'process.pid': pid } = collector.resource;
  assert.deepEqual([name, version, team, pid], ['desk', '1.2.3', 'edge', process.pid]);
});
