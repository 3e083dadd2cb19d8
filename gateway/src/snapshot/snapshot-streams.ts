/**
 * What one snapshot keeps of its streams to clients. A reload does not cut them: they go on with the snapshot they began
 * with for its grace (`graph.subscriptions.reloadGrace`, `streams.reloadGrace`), and end then, spread over a tenth of
 * it, so that clients do not come back at once.
 */
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { OpenStreams } from '../core/open-streams.ts';
import type { ClientStreamsConfig } from '../graph/stream-config.ts';
import { IdentityWatch } from '../handlers/identity-watch.ts';
import { StreamBounds } from '../handlers/proxy/stream-bounds.ts';
import { StreamKeeper } from '../handlers/proxy/stream-keeper.ts';
import { type Identities, identityHolds } from '../identities/identities.ts';
import type { Residents } from '../residents/residents.ts';

const SPREAD_PART = 0.1;
/** Over so long they end where there is no grace any more. */
const SOON_MS = 10_000;

export interface SnapshotStreams {
  /** Of the graph's; `undefined` where there is no graph. */
  readonly keeper: StreamKeeper | undefined;
  /** Of one BFF's answers over GraphQL. */
  keeperOf(config: ClientStreamsConfig): StreamKeeper;
  /** Of proxied ones, and of live streams. */
  readonly bounds: StreamBounds;
  /** Another snapshot has taken over; `soon`: so have many, and the grace is over now. */
  retire(soon: boolean): void;
  dispose(): void;
}

export function openSnapshotStreams(
  { graph, streams: config }: Pick<Config, 'graph' | 'streams'>,
  { revocations }: Pick<Identities, 'revocations'>,
  residents: Residents,
): SnapshotStreams {
  const { clock, metrics, streams, streamCounts } = residents;
  const watch = new IdentityWatch(clock, (identity) => identityHolds(identity, revocations, clock));
  const common = { clock, meter: metrics, watch, counts: streamCounts, process: streams };
  const proxied = new Grace(residents, config.reloadGrace);
  const graphs = graph && new Grace(residents, graph.subscriptions.reloadGrace);
  return {
    keeper:
      graphs && new StreamKeeper({ ...common, config: graph.subscriptions, generation: graphs.generation }),
    keeperOf: (own) => new StreamKeeper({ ...common, config: own, generation: proxied.generation }),
    bounds: new StreamBounds({ ...common, generation: proxied.generation }),
    retire(soon) {
      graphs?.retire(soon);
      proxied.retire(soon);
    },
    dispose() {
      graphs?.dispose();
      proxied.dispose();
    },
  };
}

/** What began with one snapshot, and when it ends after that was replaced. */
class Grace {
  readonly generation: OpenStreams;
  readonly #clock: Clock;
  readonly #graceMs: number;
  #disarm = (): void => {};

  constructor({ clock, random }: Pick<Residents, 'clock' | 'random'>, graceMs: number) {
    this.generation = new OpenStreams({ clock, random });
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  retire(soon: boolean): void {
    this.#disarm();
    const reason = new FrontdeskError('stream_ended', { detail: 'the configuration was replaced' });
    if (soon) {
      this.generation.endAll(reason, Math.min(SOON_MS, this.#graceMs));
      return;
    }
    this.#disarm = this.#clock.after(this.#graceMs * (1 - SPREAD_PART), () => {
      this.generation.endAll(reason, this.#graceMs * SPREAD_PART);
    });
  }

  /** A socket outlives the snapshot that it began with: for those the end still comes. */
  dispose(): void {
    if (this.generation.size === 0) this.#disarm();
  }
}
