/**
 * What lives as long as the process: the store and its limits, connections and breakers, metrics and logs. A
 * snapshot borrows them; a new configuration never resets them.
 */

import { CallerTokens } from './auth/caller-tokens.ts';
import { DpopReplays } from './auth/dpop-replays.ts';
import type { ExchangedTokens } from './auth/exchanged-tokens.ts';
import { FailureBuckets } from './auth/failure-buckets.ts';
import { IdentityKeys } from './auth/identity-keys.ts';
import type { IntrospectedTokens } from './auth/introspected-tokens.ts';
import type { Jwks } from './auth/jwks.ts';
import { KeyUse } from './auth/key-use.ts';
import { PasswordChecks } from './auth/password-checks.ts';
import type { RenewedToken } from './auth/renewed-token.ts';
import { RevocationList, revocationConfig } from './auth/revocation.ts';
import type { SessionEndpoint } from './auth/session/session-endpoint.ts';
import type { Sessions } from './auth/session/sessions.ts';
import { StoredConsumers } from './auth/stored-consumers.ts';
import type { VerifiedTokens } from './auth/verified-tokens.ts';
import { KeptParts } from './bff/kept-parts.ts';
import { LastGood } from './bff/last-good.ts';
import { BffProcesses } from './bff-processes.ts';
import { tellBuild } from './build-info.ts';
import type { CachePurges } from './cache-purges.ts';
import type { Config } from './config/schema.ts';
import { type Clock, type Random, systemClock } from './core/clock.ts';
import type { Handler } from './core/exchange.ts';
import { Keyed } from './core/keyed.ts';
import type { Logger } from './core/log.ts';
import { OpenStreams } from './core/open-streams.ts';
import type { ScreenTraces } from './core/request-trace.ts';
import type { CallUpstream } from './core/upstream-call.ts';
import { Flows } from './flows.ts';
import type { AutomaticDocuments } from './graph/persisted/automatic.ts';
import { BffLedger } from './handlers/bff/ledger.ts';
import { StrayErrors } from './handlers/bff/stray-errors.ts';
import { CallerCounts } from './handlers/caller-counts.ts';
import { InFlight } from './limits/in-flight.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import { QuotaJournal } from './limits/quota-journal.ts';
import { Observer } from './live/observer.ts';
import { AddressFiles } from './middleware/address-files.ts';
import { CodingRoom } from './middleware/compress.ts';
import { LoadShedder } from './middleware/shed.ts';
import { PluginResidents } from './plugin-residents.ts';
import type { DecisionCache } from './policy/decision-cache.ts';
import { openRequestTracing } from './request-tracing.ts';
import { openSharing } from './sharing.ts';
import { openChannels } from './state/channels.ts';
import { hasPrimary } from './state/primary-link.ts';
import { openStore } from './state/state.ts';
import { type Channels, isScriptStore, type StateStore } from './state/store.ts';
import { traceOf } from './telemetry/exemplars.ts';
import { createLogger } from './telemetry/log.ts';
import { LogLevelSwitch } from './telemetry/log-level.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { RequestTraces } from './telemetry/request-traces.ts';
import { bothScreenTraces } from './telemetry/screen-traces.ts';
import { createSink, type LineSink } from './telemetry/sink.ts';
import type { Tracing } from './telemetry/traces/tracing.ts';
import type { CacheRegistry } from './upstream/cache/registry.ts';
import { Discovery } from './upstream/discovery/discovery.ts';
import { EndpointRegistry } from './upstream/endpoint-registry.ts';
import { type UpstreamMetrics, upstreamMetrics } from './upstream/observation.ts';
import type { SplitRegistry } from './upstream/split/registry.ts';
import type { Description } from './validation/description.ts';
import { makeIdSource } from './wire/trace-context.ts';

/** What an identity provider said of tokens. */
export interface IntrospectionTrust {
  readonly tokens: IntrospectedTokens;
  /** How it is asked now: by the upstreams of the newest snapshot. */
  askBy: CallUpstream | undefined;
}

/** What is known of browser sessions, and what answers their paths. */
export interface SessionTrust {
  readonly sessions: Sessions;
  /** The keys of the provider. */
  readonly jwks: Jwks;
  readonly handlers: Readonly<Record<SessionEndpoint, Handler>>;
  /** How the provider is called now: by the upstreams of the newest snapshot. */
  callBy: CallUpstream | undefined;
}

/** An issuer's keys and the tokens that were verified with them. */
export interface TokenTrust {
  readonly jwks: Jwks;
  readonly tokens: VerifiedTokens;
  /** How keys are fetched now: by the upstreams of the newest snapshot. */
  fetchBy: CallUpstream | undefined;
}

export interface Residents {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Changes what `logger` tells, for a time. */
  readonly logLevel: LogLevelSwitch;
  /** Where access-log lines go; `undefined` where the log is off. */
  readonly accessLines: LineSink | undefined;
  /** Takes what happens to each request; `undefined` where nobody looks. */
  readonly traces: RequestTraces | undefined;
  /** Looks at requests while somebody has the operators' page open. */
  readonly observer: Observer;
  /** Takes what happens to screens, for whoever looks. */
  readonly screenTraces: ScreenTraces;
  /** Traces of requests for a collector; `undefined` where none are configured. */
  readonly tracing: Tracing | undefined;
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
  /** By the settings of an issuer under `auth.jwt`. */
  readonly tokenTrusts: Keyed<TokenTrust>;
  /** By the settings of `auth.session`. */
  readonly sessions: Keyed<SessionTrust>;
  /** By the settings of `auth.introspection`. */
  readonly introspections: Keyed<IntrospectionTrust>;
  /** The gateway's own access tokens, by upstream and its settings. */
  readonly renewedTokens: Keyed<RenewedToken>;
  /** Those that it had for its callers', likewise. */
  readonly exchangedTokens: Keyed<ExchangedTokens>;
  readonly callerTokens: CallerTokens;
  /** With which identity tokens are signed. */
  readonly identityKeys: IdentityKeys;
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
  readonly revocations: RevocationList;
  readonly authFailures: FailureBuckets;
  readonly passwordChecks: PasswordChecks;
  /** DPoP proofs that were used. */
  readonly dpopReplays: DpopReplays;
  /** `undefined` where the state is in memory. */
  readonly storedConsumers: StoredConsumers | undefined;
  readonly keyUse: KeyUse;
  /** `undefined` where it is off. */
  readonly shedder: LoadShedder | undefined;
  /** Ends connections and timers and writes out what the logs hold. After the last snapshot is disposed of. */
  close(): Promise<void>;
}

const STDOUT = 1;
const STDERR = 2;
/** Replies that are coded at once: 64 MB at most of coders. */
const MAX_CODINGS = 128;
/** Settings that come and go with reloads; more are forgotten. */
const KEPT_SETTINGS = 4;
const KEPT_POLICIES = 256;
const KEPT_ISSUERS = 128;
const KEPT_DESCRIPTIONS = 256;
const KEPT_UPSTREAMS = 1024;

/** Waits (a second at most) until the store is known to be there or not, so that no first request finds it unsettled. */
export async function openResidents(
  config: Pick<Config, 'state' | 'telemetry' | 'shedding' | 'limits' | 'flows'>,
  traces?: RequestTraces,
  workers = 1,
): Promise<Residents> {
  const clock = systemClock;
  const observer = new Observer({ clock, process: 'gateway' });
  const { level, metrics: metricsConfig } = config.telemetry;
  const metrics = createMetrics({ maxSeries: metricsConfig.maxSeries });
  tellBuild(metrics);
  const events = createSink({ destination: STDERR, name: 'events', meter: metrics });
  const logger = createLogger(level, events, { clock, meter: metrics, most: config.telemetry.flood });
  const logLevel = new LogLevelSwitch({ logger, configured: level, clock });
  const accessLines = openAccessLines(config.telemetry, metrics);
  const opened = await openRequestTracing(config.telemetry, { clock, logger, meter: metrics });
  const store = await openStore(config.state, { clock, logger, meter: metrics });
  const channels = await openChannels(config.state, { store, clock, logger });
  await store.settled();
  const journal = await openJournal(config.state, { clock, logger });
  const { mode } = config.limits;
  const limits = createLimits({ store, workers, mode, journal, clock, logger, meter: metrics });
  // The configuration's own comes with each snapshot.
  const asked = { config: revocationConfig.parse(undefined), meter: metrics };
  const revocations = new RevocationList({ ...asked, store, channels, clock, logger });
  const scripts = isScriptStore(store) ? store : undefined;
  const storedConsumers =
    scripts && new StoredConsumers({ store: scripts, channels, clock, logger, meter: metrics });
  const keyUse = new KeyUse({ store: scripts, clock, logger });
  const instruments = upstreamMetrics(metrics, traceOf(metricsConfig.exemplars));
  const ofBffs = openBffs(config, { store, clock, logger, metrics });
  const shared = { store, channels, clock, logger, meter: metrics };
  const sharing = openSharing({ ...shared, state: config.state, ...ofBffs });
  const { caches, purges, splits, hints } = sharing;
  return {
    clock,
    random: Math.random,
    metrics,
    logger,
    logLevel,
    accessLines,
    traces,
    observer,
    tracing: opened?.tracing,
    screenTraces: bothScreenTraces(traces ?? observer, opened?.tracing.screens),
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
    ...openCredentials({ store, clock, logger, metrics }),
    streams: new OpenStreams({ clock, random: Math.random }),
    streamCounts: new CallerCounts(),
    ...openTables({ clock, logger, metrics }),
    shedder:
      config.shedding &&
      new LoadShedder({ config: config.shedding, clock, ids: makeIdSource(), logger, meter: metrics }),
    revocations,
    storedConsumers,
    keyUse,
    async close() {
      await ofBffs.plugins.close();
      await ofBffs.flows.close();
      await ofBffs.bffProcesses.close();
      await limits.close();
      await sharing.close();
      revocations.close();
      storedConsumers?.close();
      await keyUse.close();
      await channels.close();
      await store.close();
      await opened?.close();
      logLevel.close();
      await accessLines?.close();
      await events.close();
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

/** What is remembered of credentials: those that come in, and ours. */
function openCredentials({
  store,
  clock,
  logger,
  metrics,
}: Pick<Residents, 'store' | 'clock' | 'logger' | 'metrics'>) {
  return {
    tokenTrusts: new Keyed<TokenTrust>(KEPT_ISSUERS),
    introspections: new Keyed<IntrospectionTrust>(KEPT_SETTINGS),
    sessions: new Keyed<SessionTrust>(KEPT_SETTINGS),
    renewedTokens: new Keyed<RenewedToken>(KEPT_UPSTREAMS),
    exchangedTokens: new Keyed<ExchangedTokens>(KEPT_UPSTREAMS),
    callerTokens: new CallerTokens(),
    identityKeys: new IdentityKeys(clock),
    authFailures: new FailureBuckets({ clock, logger, meter: metrics }),
    passwordChecks: new PasswordChecks({ clock, meter: metrics }),
    dpopReplays: new DpopReplays({ store, clock, logger }),
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

function openAccessLines({ accessLog }: Config['telemetry'], meter: Metrics): LineSink | undefined {
  const { enabled, file, buffer } = accessLog;
  if (!enabled) return undefined;
  return createSink({ destination: file ?? STDOUT, name: 'access', bufferBytes: buffer, meter });
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
