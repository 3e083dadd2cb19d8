/** What a cache counts. Labels are an upstream's name and words of closed sets. */
import type { Instrument, Meter } from '../../core/meter.ts';

export interface CacheMetrics {
  /** (1, upstream, result): `hit`, `stale`, `miss`, `revalidated`, `collapsed`, `bypass`. */
  readonly requests: Instrument;
  /** (bytes, upstream): of bodies that did not have to be fetched. */
  readonly servedBytes: Instrument;
  /** (bytes, upstream): kept in memory now. */
  readonly bytes: Instrument;
  /** (replies, upstream): kept in memory now. */
  readonly replies: Instrument;
  /** (replies, upstream): let go to make room. */
  readonly evictions: Instrument;
  /** (1, upstream): looks and writes that Redis did not answer; each counted as a miss. */
  readonly storeErrors: Instrument;
  /** (1, upstream, kind): `uri`, `tag`, `all`. */
  readonly purges: Instrument;
}

export function cacheMetrics(meter: Meter): CacheMetrics {
  const labels = ['upstream'];
  return {
    requests: meter.counter({
      name: 'frontdesk_cache_requests_total',
      help: 'Requests that a cache saw by what it did: hit, stale, miss, revalidated, collapsed, bypass',
      labels: ['upstream', 'result'],
    }),
    servedBytes: meter.counter({
      name: 'frontdesk_cache_served_bytes_total',
      help: 'Bytes of bodies that came from a cache',
      labels,
    }),
    bytes: meter.gauge({ name: 'frontdesk_cache_bytes', help: 'Bytes that a cache keeps in memory', labels }),
    replies: meter.gauge({
      name: 'frontdesk_cache_replies',
      help: 'Replies that a cache keeps in memory',
      labels,
    }),
    evictions: meter.counter({
      name: 'frontdesk_cache_evictions_total',
      help: 'Replies that a cache let go to make room',
      labels,
    }),
    storeErrors: meter.counter({
      name: 'frontdesk_cache_store_errors_total',
      help: 'Looks and writes of a cache that its store did not answer',
      labels,
    }),
    purges: meter.counter({
      name: 'frontdesk_cache_purges_total',
      help: 'Purges and invalidations by what they named: uri, tag, all',
      labels: ['upstream', 'kind'],
    }),
  };
}
