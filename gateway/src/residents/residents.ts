/**
 * What lives as long as the process: the store and its limits, connections and breakers, metrics and logs. A
 * snapshot borrows them; a new configuration never resets them.
 */

import { KeptParts } from '../bff/screen/kept-parts.ts';
import { LastGood } from '../bff/screen/last-good.ts';
import { BffProcesses } from '../bffs-apart/bff-processes.ts';
import type { StartConfig } from '../change/restart.ts';
import type { Config } from '../config/schema.ts';
import { type Clock, type Random, systemClock } from '../core/clock.ts';
import { Keyed } from '../core/keyed.ts';
import type { Logger } from '../core/log.ts';
import { OpenStreams } from '../core/open-streams.ts';
import type { ScreenTraces } from '../core/request-trace.ts';
import type { AutomaticDocuments } from '../graph/persisted/automatic.ts';
import { BffLedger } from '../handlers/bff/ledger.ts';
import { StrayErrors } from '../handlers/bff/stray-errors.ts';
import { CallerCounts } from '../handlers/caller-counts.ts';
import { InFlight } from '../limits/algorithms/in-flight.ts';
import { createLimits, type Limits } from '../limits/limits.ts';
import { QuotaJournal } from '../limits/quota-journal.ts';
import { Observer } from '../live/observer.ts';
import { AddressFiles } from '../middleware/address-files.ts';
import { CodingRoom } from '../middleware/compress.ts';
import { LoadShedder } from '../middleware/shed.ts';
import type { DecisionCache } from '../policy/decision-cache.ts';
import type { CachePurges } from '../sharing/cache-purges.ts';
import { Flows } from '../sharing/flows.ts';
import { openSharing } from '../sharing/sharing.ts';
import { openChannels } from '../state/channels.ts';
import { hasPrimary } from '../state/primary-link.ts';
import { openStore } from '../state/state.ts';
import type { Channels, StateStore } from '../state/store.ts';
import { traceOf } from '../telemetry/exemplars.ts';
import type { RequestTraces } from '../telemetry/request-traces.ts';
import { bothScreenTraces } from '../telemetry/screen-traces.ts';
import { type UpstreamMetrics, upstreamMetrics } from '../upstream/breaker/observation.ts';
import type { CacheRegistry } from '../upstream/cache/registry.ts';
import { Discovery } from '../upstream/discovery/discovery.ts';
import { EndpointRegistry } from '../upstream/endpoints/endpoint-registry.ts';
import type { SplitRegistry } from '../upstream/split/registry.ts';
import type { Description } from '../validation/description.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { type CredentialResidents, openCredentials } from './credential-residents.ts';
import { PluginResidents } from './plugin-residents.ts';
import { openTelemetry, type TelemetryResidents } from './telemetry-residents.ts';

export interface Residents extends TelemetryResidents, CredentialResidents {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes what happens to each request; `undefined` where nobody looks. */
  readonly traces: RequestTraces | undefined;
  /** Looks at requests while somebody has the operators' page open. */
  readonly observer: Observer;
  /** Takes what happens to screens, for whoever looks. */
  readonly screenTraces: ScreenTraces;
  readonly store: StateStore;
  /** Messages between the processes that share the store. */
  readonly channels: Channels;
  readonly limits: Limits;
  /** Requests at once, as limits count them. */
  readonly inFlight: InFlight;
  readonly endpoints: EndpointRegistry;
  readonly discovery: Discovery;
  readonly upstreamMetrics: UpstreamMetrics;
  /** Replies that upstreams' caches keep. */
  readonly caches: CacheRegistry;
  /** Takes from what is kept, here and in all other processes. */
  readonly purges: CachePurges;
  /** The processes that this one runs for BFFs. */
  readonly bffProcesses: BffProcesses;
  /** Errors of BFFs for which nobody waits. */
  readonly strayErrors: StrayErrors;
  /** Teams' own steps that are open. */
  readonly plugins: PluginResidents;
  /** How each BFF does. */
  readonly bffs: BffLedger;
  /** How splits stand: their steps and rollbacks. */
  readonly splits: SplitRegistry;
  /** What BFFs do in steps. */
  readonly flows: Flows;
  /** Sockets and streamed answers, to be ended when the gateway drains. */
  readonly streams: OpenStreams;
  /** How many of them each caller has. */
  readonly streamCounts: CallerCounts;
  /** Values of screens' parts that are cached. */
  readonly keptParts: KeptParts;
  /** What stands in for parts of aggregates and screens that fail. */
  readonly lastGood: LastGood;
  /** How many replies are coded at once. */
  readonly codings: CodingRoom;
  /** Lists of addresses that rules name. */
  readonly addressFiles: AddressFiles;
  /** What decision points said, by the settings of their policy. */
  readonly decisions: Keyed<DecisionCache>;
  /** Descriptions of requests, compiled, by what they were made of. */
  readonly descriptions: Keyed<Promise<Description>>;
  /** By the settings of `graph.documents.automatic`. */
  readonly automaticDocuments: Keyed<AutomaticDocuments>;
  /** `undefined` where it is off. */
  readonly shedder: LoadShedder | undefined;
  /** Ends connections and timers and writes out what the logs hold. After the last snapshot is disposed of. */
  close(): Promise<void>;
}

/** Replies that are coded at once: 64 MB at most of coders. */
const MAX_CODINGS = 128;
/** Settings that come and go with reloads; more are forgotten. */
const KEPT_SETTINGS = 4;
const KEPT_POLICIES = 256;
const KEPT_DESCRIPTIONS = 256;

/** Waits (a second at most) until the store is known to be there or not, so that no first request finds it unsettled. */
export async function openResidents(
  config: StartConfig,
  traces?: RequestTraces,
  workers = 1,
): Promise<Residents> {
  const clock = systemClock;
  const observer = new Observer({ clock, process: 'gateway' });
  const telemetry = await openTelemetry(config.telemetry, clock);
  const { metrics, logger, tracing } = telemetry.residents;
  const store = await openStore(config.state, { clock, logger, meter: metrics });
  const channels = await openChannels(config.state, { store, clock, logger });
  await store.settled();
  const journal = await openJournal(config.state, { clock, logger });
  const { mode } = config.limits;
  const limits = createLimits({ store, workers, mode, journal, clock, logger, meter: metrics });
  const instruments = upstreamMetrics(metrics, traceOf(config.telemetry.metrics.exemplars));
  const ofBffs = openBffs(config, { store, clock, logger, metrics });
  const shared = { store, channels, clock, logger, meter: metrics };
  const sharing = openSharing({ ...shared, state: config.state, ...ofBffs });
  const { caches, purges, splits, hints } = sharing;
  const credentials = openCredentials(shared);
  return {
    clock,
    random: Math.random,
    ...telemetry.residents,
    traces,
    observer,
    screenTraces: bothScreenTraces(traces ?? observer, tracing?.screens),
    store,
    channels,
    limits,
    inFlight: new InFlight(),
    endpoints: new EndpointRegistry({ clock, metrics: instruments, logger, hints }),
    discovery: new Discovery({ clock, random: Math.random, meter: metrics, logger }),
    upstreamMetrics: instruments,
    caches,
    purges,
    splits,
    ...ofBffs,
    ...credentials.residents,
    streams: new OpenStreams({ clock, random: Math.random }),
    streamCounts: new CallerCounts(),
    ...openTables({ clock, logger, metrics }),
    shedder:
      config.shedding &&
      new LoadShedder({ config: config.shedding, clock, ids: makeIdSource(), logger, meter: metrics }),
    async close() {
      await ofBffs.plugins.close();
      await ofBffs.flows.close();
      await ofBffs.bffProcesses.close();
      await limits.close();
      await sharing.close();
      await credentials.close();
      await channels.close();
      await store.close();
      await telemetry.close();
    },
  };
}

/** What BFFs keep from one request, and one configuration, to the next. */
function openBffs(
  { flows, state }: Pick<Config, 'flows' | 'state'>,
  { store, clock, logger, metrics }: Pick<Residents, 'store' | 'clock' | 'logger' | 'metrics'>,
) {
  const told = { clock, logger, meter: metrics };
  const strayErrors = new StrayErrors(told);
  return {
    bffProcesses: new BffProcesses(told),
    strayErrors,
    plugins: new PluginResidents({ ...told, strayErrors }),
    bffs: new BffLedger(told),
    flows: new Flows({ ...told, config: flows, state, store, random: Math.random }),
    keptParts: new KeptParts(clock),
    lastGood: new LastGood(clock),
  };
}

/** One process has the file: workers share what their primary keeps. */
async function openJournal(
  state: Config['state'],
  options: { readonly clock: Clock; readonly logger: Logger },
): Promise<QuotaJournal | undefined> {
  return typeof state === 'object' && 'file' in state && !hasPrimary()
    ? QuotaJournal.open({ file: state.file, ...options })
    : undefined;
}

/** What policies, descriptions and rules are made into, kept by their settings. */
function openTables({ clock, logger, metrics }: Pick<Residents, 'clock' | 'logger' | 'metrics'>) {
  return {
    codings: new CodingRoom(MAX_CODINGS),
    addressFiles: new AddressFiles({ clock, logger, meter: metrics }),
    decisions: new Keyed<DecisionCache>(KEPT_POLICIES),
    descriptions: new Keyed<Promise<Description>>(KEPT_DESCRIPTIONS),
    automaticDocuments: new Keyed<AutomaticDocuments>(KEPT_SETTINGS),
  };
}
