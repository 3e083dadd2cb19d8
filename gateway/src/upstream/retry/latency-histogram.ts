/**
 * Which latency a share of the latest calls stayed below: a histogram whose buckets grow by a tenth, so that a quantile is
 * at most a tenth too high, and whose counts are halved now and then, so that what is long ago is forgotten. Fixed size.
 */
const LEAST_MS = 0.25;
const GROWTH = 1.1;
/** Up to a little more than two minutes; what takes longer counts as that. */
const BUCKETS = 140;
const LOG_GROWTH = Math.log(GROWTH);
/** At this weight all counts are halved: the latest thousand calls, more or less, make the picture. */
const FULL = 1024;

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #observed = 0;

  /** How many were ever observed. */
  get observed(): number {
    return this.#observed;
  }

  observe(latencyMs: number): void {
    const at = latencyMs <= LEAST_MS ? 0 : Math.ceil(Math.log(latencyMs / LEAST_MS) / LOG_GROWTH);
    const bucket = Math.min(BUCKETS - 1, at);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    this.#observed += 1;
    if (this.#total < FULL) return;
    this.#total /= 2;
    for (let i = 0; i < BUCKETS; i += 1) this.#counts[i] = (this.#counts[i] ?? 0) / 2;
  }

  /** `share` of the calls took no longer than this, milliseconds; 0 where nothing was observed. */
  quantile(share: number): number {
    if (this.#total === 0) return 0;
    let left = share * this.#total;
    for (let i = 0; i < BUCKETS; i += 1) {
      left -= this.#counts[i] ?? 0;
      if (left <= 0) return LEAST_MS * GROWTH ** i;
    }
    return LEAST_MS * GROWTH ** (BUCKETS - 1);
  }
}
