/** A position in a W3C trace (Trace Context, level 1): what came in, or what we began. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Our own span, 16 lower-case hex digits: the parent of whatever the backends record. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** `tracestate` as it came, where its `traceparent` was valid. */
  readonly state: string | undefined;
}
