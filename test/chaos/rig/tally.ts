/**
 * What became of each request of a load, by the time at which it was to be sent, and what follows from that: counts,
 * latencies, the time of recovery, how much too much was admitted.
 */

/** `ok`, `wrong`, `lost`, `raced`, `unreached`, `invalid`, or the code of the problem with which it was refused. */
export type Outcome = string;

export interface Sample {
  /** Milliseconds by `performance.now()`: when it was to be sent. */
  readonly at: number;
  /** From then to the last byte: what the gateway made others wait for counts (no coordinated omission). */
  readonly latencyMs: number;
  /** From then until it was written: the load's own part of the latency. */
  readonly lagMs: number;
  readonly outcome: Outcome;
  readonly caller: string;
}

export interface Summary {
  readonly sent: number;
  readonly ok: number;
  readonly wrong: number;
  readonly lost: number;
  readonly raced: number;
  readonly unreached: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

const KEPT_APART = new Set(['ok', 'wrong', 'lost', 'raced', 'unreached', 'invalid']);

export class Tally {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
  }

  samples(from = -Infinity, to = Infinity): Sample[] {
    return this.#samples.filter(({ at }) => at >= from && at < to);
  }

  /** When the last reply was whole. */
  get endedAt(): number {
    return this.#samples.reduce((latest, { at, latencyMs }) => Math.max(latest, at + latencyMs), 0);
  }

  count(outcome: Outcome, from?: number, to?: number): number {
    return this.samples(from, to).filter((sample) => sample.outcome === outcome).length;
  }

  /** How late the load itself was with so many of its requests. */
  lag(share: number, from?: number, to?: number): number {
    return shareWithin(
      this.samples(from, to).map(({ lagMs }) => lagMs),
      share,
    );
  }

  /** As `latency`, but from when the request was written: without the load's own part. */
  answerMs(share: number, outcome: Outcome, from?: number, to?: number): number {
    const those = this.samples(from, to).filter((sample) => sample.outcome === outcome);
    return shareWithin(
      those.map(({ latencyMs, lagMs }) => latencyMs - lagMs),
      share,
    );
  }

  /** Of those with this outcome; of all where it is undefined. `share`: 0.99 for the 99th percentile, 1 for the largest. 0 where there are none. */
  latency(share: number, outcome: Outcome | undefined, from?: number, to?: number): number {
    const those = this.samples(from, to).filter(
      (sample) => outcome === undefined || sample.outcome === outcome,
    );
    return shareWithin(
      those.map(({ latencyMs }) => latencyMs),
      share,
    );
  }

  summary(from?: number, to?: number): Summary {
    const samples = this.samples(from, to);
    const refused: Record<string, number> = {};
    for (const { outcome } of samples) {
      if (!KEPT_APART.has(outcome)) refused[outcome] = (refused[outcome] ?? 0) + 1;
    }
    const of = (outcome: Outcome): number => samples.filter((sample) => sample.outcome === outcome).length;
    return {
      sent: samples.length,
      ok: of('ok'),
      wrong: of('wrong') + of('invalid'),
      lost: of('lost'),
      raced: of('raced'),
      unreached: of('unreached'),
      refused,
      p50: this.latency(0.5, 'ok', from, to),
      p99: this.latency(0.99, 'ok', from, to),
    };
  }

  /**
   * Milliseconds from `healed` to the first of `windows` windows in a row, each with 99 % of the share of good outcomes that
   * the time from `from` to `fault` had; `Infinity` where there is no such row.
   */
  recoveryMs(options: RecoveryOptions): number {
    const { from, fault, healed, windowMs, windows, good = isOk } = options;
    const wanted = 0.99 * shareOf(this.samples(from, fault), good);
    const last = this.#samples.reduce((latest, { at }) => Math.max(latest, at), healed);
    let row = 0;
    for (let start = healed; start + windowMs <= last; start += windowMs) {
      row = shareOf(this.samples(start, start + windowMs), good) >= wanted ? row + 1 : 0;
      if (row === windows) return start - (windows - 1) * windowMs - healed;
    }
    return Number.POSITIVE_INFINITY;
  }
}

export interface RecoveryOptions {
  readonly from: number;
  readonly fault: number;
  readonly healed: number;
  readonly windowMs: number;
  readonly windows: number;
  /** Which outcomes are as they should be; `ok` alone by default. */
  readonly good?: (outcome: Outcome) => boolean;
}

const isOk = (outcome: Outcome): boolean => outcome === 'ok';

function shareOf(samples: readonly Sample[], good: (outcome: Outcome) => boolean): number {
  if (samples.length === 0) return 1;
  return samples.filter(({ outcome }) => good(outcome)).length / samples.length;
}

/** What so large a share is within. 0 of none. */
function shareWithin(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Percent of `capacity + perSecond × seconds` that was admitted beyond it. */
export function overAdmission(
  admitted: number,
  bucket: { readonly capacity: number; readonly perSecond: number },
  seconds: number,
): number {
  const most = bucket.capacity + bucket.perSecond * seconds;
  return (Math.max(0, admitted - most) / most) * 100;
}
