/**
 * Where traces go and as whose, once the standard environment variables of OpenTelemetry (Environment Variable
 * Specification; OTLP Exporter Configuration) have filled what the configuration leaves open. The configuration counts before
 * them; of two variables the one for traces alone.
 */
import type { TracesConfig } from './config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ExportSettings {
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: Readonly<Record<string, string>>;
  /** Attributes of the resource, `service.name` among them. */
  readonly resource: Readonly<Record<string, string>>;
}

const DEFAULT_COLLECTOR = 'http://127.0.0.1:4318';
const TRACES_PATH = '/v1/traces';

/** Whether the environment switches all of it off. */
export function isDisabled(environment: Environment): boolean {
  return environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
}

/** What of the environment makes no sense is as if it were not there. */
export function exportSettings(config: TracesConfig, environment: Environment): ExportSettings {
  const of = (name: string): string | undefined =>
    given(environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`]) ??
    given(environment[`OTEL_EXPORTER_OTLP_${name}`]);
  const protocol = of('PROTOCOL');
  const named = given(environment.OTEL_SERVICE_NAME);
  const service = config.service ?? named;
  return {
    url: urlOf(config, environment),
    protocol: config.protocol ?? (protocol === 'http/json' ? 'http/json' : 'http/protobuf'),
    headers: { ...pairs(of('HEADERS'), true), ...config.headers },
    resource: {
      'service.name': 'frontdesk',
      ...pairs(given(environment.OTEL_RESOURCE_ATTRIBUTES), false),
      ...config.resource,
      ...(service === undefined ? {} : { 'service.name': service }),
    },
  };
}

function urlOf({ endpoint }: TracesConfig, environment: Environment): string {
  if (endpoint !== undefined) {
    const url = new URL(endpoint);
    if (url.pathname === '/') url.pathname = TRACES_PATH;
    return url.href;
  }
  const own = given(environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  if (own !== undefined && isHttp(own)) return new URL(own).href;
  const common = given(environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  const base = common !== undefined && isHttp(common) ? new URL(common) : new URL(DEFAULT_COLLECTOR);
  // The common address is a base, to which each signal adds its path.
  base.pathname = base.pathname.replace(/\/$/, '') + TRACES_PATH;
  return base.href;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** An empty variable is as good as none. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/** `name=value,name=value`, values percent-encoded (W3C Baggage's form without its properties). */
function pairs(text: string | undefined, lower: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at < 1 || name === '') continue;
    found[lower ? name.toLowerCase() : name] = decoded(pair.slice(at + 1).trim());
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
