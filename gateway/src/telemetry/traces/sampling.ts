/**
 * Which traces are kept. A share of them by their id, decided when a request begins, so that backends can be told; and when
 * it is over whatever failed or was slow. Both within a number of spans a second: neither a caller who picks its ids nor a
 * storm of errors can make a flood of them.
 */
import type { Clock } from '../../core/clock.ts';
import { parseAddress } from '../../core/ip-address.ts';
import { IpSet } from '../../core/ip-set.ts';
import type { SamplingConfig } from './config.ts';

/** 52 of the 56 bits that count: as many as a number holds exactly, and far finer than any share. */
const RANDOM_BITS = 52;
const FIRST_RANDOM_DIGIT = 18;

/**
 * Whether a share takes this trace: its rightmost 56 bits are not below `1 - ratio` of what they can be (OpenTelemetry's
 * consistent probability sampling). What a smaller share takes, a larger one takes too, here and wherever it is decided so.
 */
export function isTaken(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  if (ratio <= 0) return false;
  const random = Number.parseInt(traceId.slice(FIRST_RANDOM_DIGIT, FIRST_RANDOM_DIGIT + RANDOM_BITS / 4), 16);
  return random >= (1 - ratio) * 2 ** RANDOM_BITS;
}

/** What of the caller's decision counts, and else the share. */
export function headSampler({
  ratio,
  parent,
}: Pick<SamplingConfig, 'ratio' | 'parent'>): (
  traceId: string,
  callerSampled: boolean | undefined,
  address: string,
) => boolean {
  if (parent === 'ignore') return (traceId) => isTaken(traceId, ratio);
  const trusted = parent === 'follow' ? undefined : new IpSet(parent);
  return (traceId, callerSampled, address) => {
    if (callerSampled === undefined || (trusted && !holds(trusted, address))) return isTaken(traceId, ratio);
    return callerSampled;
  };
}

function holds(ranges: IpSet, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && ranges.has(parsed);
}

/** Whether a request was slow, by how long it took and what was left of its deadline then. */
export function slowness(
  slowerThan: SamplingConfig['slowerThan'],
): (tookMs: number, remainingMs: number) => boolean {
  if (slowerThan === 'off') return () => false;
  if (typeof slowerThan === 'number') return (tookMs) => tookMs > slowerThan;
  const { ofDeadline } = slowerThan;
  return (tookMs, remainingMs) => tookMs > (tookMs + remainingMs) * ofDeadline;
}

/**
 * So many spans a second, and a second's worth at once. A trace is kept whole or not at all: the last one may take more
 * than is left, and those after it wait until that is made up for.
 */
export class SpanBudget {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, clock: Clock) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = clock.now();
  }

  take(spans: number): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= spans;
    return true;
  }
}
