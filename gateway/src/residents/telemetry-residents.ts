/** What tells how the process does, for as long as it lives: metrics, the log, access-log lines, traces. */

import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { tellBuild } from '../telemetry/build-info.ts';
import { createLogger } from '../telemetry/log.ts';
import { LogLevelSwitch } from '../telemetry/log-level.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createSink, type LineSink } from '../telemetry/sink.ts';
import type { Tracing } from '../telemetry/traces/tracing.ts';
import { openRequestTracing } from './request-tracing.ts';

export interface TelemetryResidents {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Changes what `logger` tells, for a time. */
  readonly logLevel: LogLevelSwitch;
  /** Where access-log lines go; `undefined` where the log is off. */
  readonly accessLines: LineSink | undefined;
  /** Traces of requests for a collector; `undefined` where none are configured. */
  readonly tracing: Tracing | undefined;
}

const STDOUT = 1;
const STDERR = 2;

/** `close` sends and writes out what is held back: after everything that could still tell something. */
export async function openTelemetry(
  config: Config['telemetry'],
  clock: Clock,
): Promise<{ readonly residents: TelemetryResidents; close(): Promise<void> }> {
  const { level, flood, metrics: limits } = config;
  const metrics = createMetrics({ maxSeries: limits.maxSeries });
  tellBuild(metrics);
  const events = createSink({ destination: STDERR, name: 'events', meter: metrics });
  const logger = createLogger(level, events, { clock, meter: metrics, most: flood });
  const logLevel = new LogLevelSwitch({ logger, configured: level, clock });
  const accessLines = openAccessLines(config, metrics);
  const traces = await openRequestTracing(config, { clock, logger, meter: metrics });
  return {
    residents: { metrics, logger, logLevel, accessLines, tracing: traces?.tracing },
    async close() {
      await traces?.close();
      logLevel.close();
      await accessLines?.close();
      await events.close();
    },
  };
}

function openAccessLines({ accessLog }: Config['telemetry'], meter: Metrics): LineSink | undefined {
  const { enabled, file, buffer } = accessLog;
  if (!enabled) return undefined;
  return createSink({ destination: file ?? STDOUT, name: 'access', bufferBytes: buffer, meter });
}
