/** Opens what `telemetry.traces` asks for. Loaded, with the library behind it, only where that is configured. */
import { hostname } from 'node:os';
import type { Clock, Random } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { UrlRedactor } from '../redaction.ts';
import type { TracesConfig } from './config.ts';
import { otlpCodec } from './otlp-codec.ts';
import { otlpSender } from './otlp-sender.ts';
import { type Environment, exportSettings } from './settings.ts';
import { Tracing } from './tracing.ts';

export interface OpenTracingOptions {
  readonly config: TracesConfig;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly redact: UrlRedactor;
  readonly spanId: () => string;
  /** Of the gateway. */
  readonly version: string;
}

export interface OpenedTracing {
  readonly tracing: Tracing;
  /** Sends what waits, for a moment, and closes the connection. */
  close(): Promise<void>;
}

export function openTracing(options: OpenTracingOptions): OpenedTracing {
  const { config, environment, clock, version } = options;
  const { url, protocol, headers, resource } = exportSettings(config, environment);
  const codec = otlpCodec({ protocol, resource: { ...ownResource(version), ...resource } });
  const { compression, timeout } = config;
  const sender = otlpSender({ url, headers, compression, timeoutMs: timeout, codec, clock });
  const tracing = new Tracing({ ...options, send: sender.send });
  return {
    tracing,
    async close() {
      await tracing.close();
      sender.close();
    },
  };
}

/** Each process is an instance of its own: workers share a host, so that their process tells them apart. */
function ownResource(version: string): Record<string, string | number> {
  return {
    'service.version': version,
    'service.instance.id': `${hostname()}:${process.pid}`,
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'nodejs',
  };
}
