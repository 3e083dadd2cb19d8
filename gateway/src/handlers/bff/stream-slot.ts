/** What the GraphQL face's streams are left in and made of. */
import type { PartOutcome } from '../../bff/screen/engine.ts';
import type { GraphStream } from '../../graph/request.ts';

/** Where a request's stream is left, and which its client can take. */
export interface StreamSlot {
  accepts: { readonly subscription: boolean; readonly incremental: boolean } | undefined;
  stream: GraphStream | undefined;
}

/** What resolvers of a live stream's parts read: as a screen's run, but of one moment. */
export interface PartsOfState {
  part(name: string): Promise<PartOutcome>;
  /** The names of the parts that are missing or stale. */
  readonly incomplete: readonly string[];
}
