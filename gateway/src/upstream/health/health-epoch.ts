/** Grows whenever the health or the breaker of any endpoint changes: who worked something out from them looks here. */
export interface HealthEpoch {
  value: number;
}
