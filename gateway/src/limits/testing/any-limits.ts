/** What tests of all algorithms draw by chance: specs, and runs of draws from several keys at once. */
import fc from 'fast-check';
import type { Algorithm, LimitSpec } from '../limiter.ts';
import { limitConfig, limitSpec } from '../plans/limit-config.ts';

const limit = fc.integer({ min: 1, max: 12 });
const windowMs = fc.integer({ min: 10, max: 500 });
const rate = fc.constantFrom('2/s', '10/s', '50/s', '1/ms');

const CONFIGS: Readonly<Record<Algorithm, fc.Arbitrary<object>>> = {
  'token-bucket': fc.record({ capacity: limit, refill: rate }),
  'leaky-bucket': fc.record({ rate, queue: limit }),
  'fixed-window': fc.record({ limit, window: windowMs.map((ms) => `${ms}ms`) }),
  'sliding-window': fc.record({ limit, window: windowMs.map((ms) => `${ms}ms`) }),
  'sliding-log': fc.record({ limit, window: windowMs.map((ms) => `${ms}ms`) }),
};

export const ALGORITHMS: readonly Algorithm[] = [
  'token-bucket',
  'leaky-bucket',
  'fixed-window',
  'sliding-window',
  'sliding-log',
];

/** Any limit of this algorithm, as its configuration makes it. */
export function anyLimit(algorithm: Algorithm): fc.Arbitrary<LimitSpec> {
  return CONFIGS[algorithm].map((config) => limitSpec('any', limitConfig.parse({ ...config, algorithm })));
}

export interface AnyDraw {
  readonly waitMs: number;
  readonly tokens: number;
  /** Which of the limits, by their place; each at most once. */
  readonly from: readonly number[];
}

export function anyDraws(limits: number, maxLength: number): fc.Arbitrary<AnyDraw[]> {
  return fc.array(
    fc.record({
      waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 900 })),
      tokens: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 6 })),
      from: fc.uniqueArray(fc.nat({ max: limits - 1 }), { minLength: 1, maxLength: limits }),
    }),
    { maxLength },
  );
}
