/**
 * Where the endpoints of an upstream come from. A source speaks one registry's protocol and nothing more: what is kept
 * of what it says, for how long, and what may be called at all is `DiscoveredSet`'s matter.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { EndpointSpec } from '../endpoints/target.ts';

export interface DiscoverySource {
  /** For people, logs and metrics, such as `dns users.internal`. Holds no secret. */
  readonly name: string;
  /** Longest wait before it is followed again after a failure, in milliseconds. */
  readonly longestBackoffMs: number;
  /**
   * False where whoever writes the endpoints is who writes the configuration: then every address is taken.
   */
  readonly guarded: boolean;
  /**
   * Follows the registry until `signal` says so; then it ends soon, one way or the other. Rejects with an `Error` in
   * plain words where it cannot: it is called again after a while, and goes on from where it was if it can.
   */
  follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void>;
}

export interface DiscoveryFollower {
  /** All endpoints that there are now; `faults`: what else was said and cannot be used, and why. */
  found(specs: readonly EndpointSpec[], faults?: readonly string[]): void;
  /** The registry answered, and all is as it was. */
  confirmed(): void;
  /** What it says cannot be used. The source goes on. */
  failed(reason: string): void;
}

export interface SourceParts {
  readonly clock: Clock;
  readonly random: Random;
}
