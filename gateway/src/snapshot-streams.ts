/**
 * What one snapshot keeps of its streams to clients. A reload does not cut them: they go on with the snapshot they began
 * with for `graph.subscriptions.reloadGrace`, and end then, spread over a tenth of it, so that clients do not come back
 * at once.
 */
import type { Config } from './config/schema.ts';
import { FrontdeskError } from './core/errors.ts';
import { OpenStreams } from './core/open-streams.ts';
import { IdentityWatch } from './handlers/identity-watch.ts';
import { StreamKeeper } from './handlers/stream-keeper.ts';
import { type Identities, identityHolds } from './identities.ts';
import type { Residents } from './residents.ts';

const SPREAD_PART = 0.1;
/** Over so long they end where there is no grace any more. */
const SOON_MS = 10_000;

export interface SnapshotStreams {
  readonly keeper: StreamKeeper;
  /** Another snapshot has taken over; `soon`: so have many, and the grace is over now. */
  retire(soon: boolean): void;
  dispose(): void;
}

/** `undefined` where there is no graph. */
export function openSnapshotStreams(
  { graph }: Pick<Config, 'graph'>,
  { revocations }: Pick<Identities, 'revocations'>,
  { clock, random, metrics, streams, streamCounts }: Residents,
): SnapshotStreams | undefined {
  if (!graph) return undefined;
  const { reloadGrace } = graph.subscriptions;
  const generation = new OpenStreams({ clock, random });
  const watch = new IdentityWatch(clock, (identity) => identityHolds(identity, revocations, clock));
  const keeper = new StreamKeeper({
    config: graph.subscriptions,
    clock,
    meter: metrics,
    watch,
    counts: streamCounts,
    generation,
    process: streams,
  });
  let disarm = (): void => {};
  return {
    keeper,
    retire(soon) {
      disarm();
      const reason = new FrontdeskError('stream_ended', { detail: 'the configuration was replaced' });
      if (soon) {
        generation.endAll(reason, Math.min(SOON_MS, reloadGrace));
        return;
      }
      disarm = clock.after(reloadGrace * (1 - SPREAD_PART), () => {
        generation.endAll(reason, reloadGrace * SPREAD_PART);
      });
    },
    dispose: () => disarm(),
  };
}
