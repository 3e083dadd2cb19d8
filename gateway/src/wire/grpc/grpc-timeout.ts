/** `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2). */

const MAX_VALUE = 99_999_999;

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['m', 1],
  ['S', 1000],
  ['M', 60_000],
  ['H', 3_600_000],
];

/** The milliseconds as the finest unit that holds them; never longer than they are, and at least one. */
export function grpcTimeout(ms: number): string {
  for (const [unit, perUnit] of UNITS) {
    const value = Math.floor(ms / perUnit);
    if (value <= MAX_VALUE) return `${Math.max(1, value)}${unit}`;
  }
  return `${MAX_VALUE}H`;
}
