/**
 * Spans as OTLP, by OpenTelemetry's own serializers. The only file that knows the library; it is loaded when traces are
 * configured and never otherwise.
 */
import {
  type Attributes,
  type HrTime,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { SpanCodec } from './otlp-sender.ts';
import type { FinishedSpan } from './span.ts';

export interface OtlpCodecOptions {
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly resource: Readonly<Record<string, string | number>>;
}

const SCOPE = { name: 'frontdesk' };
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;
const FINE = { code: SpanStatusCode.UNSET };
const FAILED = { code: SpanStatusCode.ERROR };

export function otlpCodec({ protocol, resource: attributes }: OtlpCodecOptions): SpanCodec {
  const isJson = protocol === 'http/json';
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const resource = resourceFromAttributes(attributes);
  return {
    contentType: isJson ? 'application/json' : 'application/x-protobuf',
    encode(spans) {
      const bytes = serializer.serializeRequest(spans.map((span) => readable(span, resource)));
      if (!bytes) throw new TypeError('spans that cannot be written');
      return bytes;
    },
    rejected(answer) {
      try {
        // A number of 64 bits is a text in JSON.
        const rejected: unknown = serializer.deserializeResponse(answer).partialSuccess?.rejectedSpans;
        return Math.max(0, Number(rejected ?? 0) || 0);
      } catch {
        return 0;
      }
    },
  };
}

function readable(span: FinishedSpan, resource: Resource): ReadableSpan {
  const { traceId, spanId, parentId, name, kind, startMs, endMs, attributes, isError, events, links } = span;
  const context = contextOf(span, traceId, spanId, false);
  const parent = parentId === undefined ? undefined : contextOf(span, traceId, parentId, span.isParentRemote);
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parent ? { parentSpanContext: parent } : {}),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: isError ? FAILED : FINE,
    attributes: writable(attributes),
    links: links.map((link) => ({ context: { ...link, traceFlags: TraceFlags.NONE, isRemote: true } })),
    events: events.map(({ name: event, atMs, attributes: told = {} }) => ({
      name: event,
      time: hrTime(atMs),
      attributes: writable(told),
    })),
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf(
  { sampled, state }: FinishedSpan,
  traceId: string,
  spanId: string,
  isRemote: boolean,
): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  if (state === undefined) return { traceId, spanId, traceFlags, isRemote };
  return { traceId, spanId, traceFlags, isRemote, traceState: new OpaqueState(state) };
}

/** `tracestate` as it came: it was read when it came in, and nothing here changes it. */
class OpaqueState {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  serialize(): string {
    return this.#text;
  }

  get(): undefined {
    return undefined;
  }

  set(): this {
    return this;
  }

  unset(): this {
    return this;
  }
}

function writable(attributes: FinishedSpan['attributes']): Attributes {
  const written: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    written[name] = typeof value === 'object' ? [...value] : value;
  }
  return written;
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1_000) * 1e6))];
}
