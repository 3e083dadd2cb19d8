import type { HeaderFields } from './headers.ts';

/**
 * Takes interim replies (RFC 9110 §15.2) on their way to a client. They are hints: it drops what its client cannot be
 * told any more, or does not read fast enough.
 */
export interface InterimSink {
  /** `status` is 102 or 103; `headers` are end-to-end fields that may be shown. Never throws. */
  interim(status: number, headers: HeaderFields): void;
}
