/** Opens the traces that a configuration asks for. Nothing of them is loaded where it asks for none. */

import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { ownVersion } from '../telemetry/build-info.ts';
import { urlRedactor } from '../telemetry/redaction.ts';
import type { OpenedTracing } from '../telemetry/traces/open-tracing.ts';
import { type Environment, isDisabled } from '../telemetry/traces/settings.ts';
import { makeIdSource } from '../wire/trace-context.ts';

export interface RequestTracingOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Default: the process's. */
  readonly environment?: Environment;
}

export async function openRequestTracing(
  { traces, accessLog }: Config['telemetry'],
  { environment = process.env, ...options }: RequestTracingOptions,
): Promise<OpenedTracing | undefined> {
  if (!traces || isDisabled(environment)) return undefined;
  const { openTracing } = await import('../telemetry/traces/open-tracing.ts');
  const { spanId } = makeIdSource();
  const redact = urlRedactor(accessLog.redact);
  const own = { config: traces, environment, redact, spanId, version: ownVersion(), random: Math.random };
  return openTracing({ ...options, ...own });
}
