/** `Cache-Status` (RFC 9211): what this cache did with a request, appended to what caches behind it said. */
import type { HeaderFields } from '../../core/headers.ts';

/** Why a request went on: RFC 9211 §2.2. */
export type ForwardReason =
  | 'bypass'
  | 'method'
  | 'uri-miss'
  | 'vary-miss'
  | 'miss'
  | 'request'
  | 'stale'
  | 'partial';

export interface CacheStatus {
  readonly hit?: boolean;
  /** Seconds that the reply stays fresh; negative where it is stale. */
  readonly ttl?: number;
  readonly forwarded?: ForwardReason;
  /** What the backend answered, where that is not what the client gets. */
  readonly forwardedStatus?: number | undefined;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
}

const NAME = 'frontdesk';

export function formatCacheStatus(status: CacheStatus): string {
  let text = NAME;
  if (status.hit) text += '; hit';
  if (status.forwarded !== undefined) text += `; fwd=${status.forwarded}`;
  if (status.forwardedStatus !== undefined) text += `; fwd-status=${status.forwardedStatus}`;
  if (status.ttl !== undefined) text += `; ttl=${Math.trunc(status.ttl)}`;
  if (status.stored) text += '; stored';
  if (status.collapsed) text += '; collapsed';
  return text;
}

export function appendCacheStatus(headers: HeaderFields, status: CacheStatus): void {
  headers.append('cache-status', formatCacheStatus(status));
}
