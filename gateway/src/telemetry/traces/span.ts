/** A span that is over, in plain data: what trees are built of, and what exports write. */

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Record<string, AttributeValue>;

export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly atMs: number;
  readonly attributes?: Attributes;
}

/** A position in another trace. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  /** Whether that is another process's. */
  readonly isParentRemote: boolean;
  /** The flag that backends were told. */
  readonly sampled: boolean;
  readonly state: string | undefined;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}
