/**
 * Where documents that clients registered by their hash are kept for all processes: the state store looks like it.
 * Calls reject when it does not answer; whoever asks goes on without it.
 */
export interface DocumentStore {
  get(key: string): Promise<string | undefined>;
  /** Keeps `value` for `ttlMs` (≥ 1). */
  set(key: string, value: string, ttlMs: number): Promise<void>;
}
