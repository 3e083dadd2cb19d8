/** The seconds of this process: what its observer saw, what its metrics say, how its endpoints and itself stand. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type Waterfall, waterfall } from '../telemetry/waterfall.ts';
import { NO_LATENCIES } from './latency-counts.ts';
import type { LiveSource } from './live-source.ts';
import { mergeLive } from './merge-live.ts';
import { MetricReadings } from './metric-readings.ts';
import type { Observer } from './observer.ts';
import { ProcessReadings } from './process-readings.ts';
import type { TalliedEndpoint } from './second-tally.ts';
import type { LiveEndpoint, LiveProcess, LiveRequest, LiveSnapshot } from './snapshot.ts';

/** An endpoint as it stands. */
export interface EndpointState {
  readonly upstream: string;
  readonly endpoint: string;
  readonly inFlight: number;
  readonly queued: number;
  readonly limit: number;
  readonly breaker: string;
  readonly health: string;
  readonly weight: number;
}

export interface LocalSourceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly endpoints: () => readonly EndpointState[];
  readonly metrics: () => Promise<readonly object[]>;
  readonly process: () => Pick<LiveProcess, 'process' | 'generations' | 'version' | 'digest' | 'notReady'>;
}

const SECOND_MS = 1_000;

export class LocalSource implements LiveSource {
  readonly #options: LocalSourceOptions;

  constructor(options: LocalSourceOptions) {
    this.#options = options;
  }

  open(tell: (snapshot: LiveSnapshot) => void): () => void {
    const { clock, logger, observer, metrics } = this.#options;
    const stopLooking = observer.look();
    const process = new ProcessReadings();
    const readings = new MetricReadings();
    let isOpen = true;
    let cancel: (() => void) | undefined;
    let beganAt = clock.now();
    void metrics().then((all) => readings.read(all), ignore);
    const tick = async (): Promise<void> => {
      try {
        const all = await metrics();
        if (!isOpen) return;
        const now = clock.now();
        const spanMs = now - beganAt;
        beganAt = now;
        tell(this.#snapshot(spanMs, process, readings.read(all)));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ reason }, 'a second of the live page could not be told');
      }
      if (isOpen) cancel = clock.after(SECOND_MS, () => void tick());
    };
    cancel = clock.after(SECOND_MS, () => void tick());
    return () => {
      if (!isOpen) return;
      isOpen = false;
      cancel?.();
      process.close();
      stopLooking();
    };
  }

  async list(): Promise<readonly LiveRequest[]> {
    return this.#options.observer.kept.list();
  }

  async find(id: string): Promise<Waterfall | undefined> {
    const trace = this.#options.observer.kept.find(id);
    return trace && waterfall(trace);
  }

  #snapshot(
    spanMs: number,
    process: ProcessReadings,
    { connections, inFlight, limits, caches }: ReturnType<MetricReadings['read']>,
  ): LiveSnapshot {
    const { clock, observer, endpoints } = this.#options;
    const tally = observer.take();
    const { routes, consumers, otherConsumers, requests } = tally;
    const own = { ...this.#options.process(), ...process.read(), inFlight, connections };
    // Names that stand for several series, such as a limit on many routes, add up.
    return mergeLive([
      {
        at: clock.wall(),
        spanMs: Math.round(spanMs),
        processes: [own],
        routes,
        endpoints: withStates(tally.endpoints, endpoints()),
        limits,
        caches,
        consumers,
        otherConsumers,
        requests,
      },
    ]);
  }
}

function withStates(tallied: readonly TalliedEndpoint[], states: readonly EndpointState[]): LiveEndpoint[] {
  const key = ({ upstream, endpoint }: { upstream: string; endpoint: string }) => `${upstream}\n${endpoint}`;
  const calls = new Map(tallied.map((one) => [key(one), one]));
  return states.map((state) => {
    const { upstream, endpoint, inFlight, queued, limit, weight, breaker, health } = state;
    const { calls: count = 0, failed = 0, latencies = NO_LATENCIES } = calls.get(key(state)) ?? {};
    return {
      ...{ upstream, endpoint, calls: count, failed, latencies, inFlight, queued, limit, weight },
      breakers: { [breaker]: 1 },
      health: { [health]: 1 },
    };
  });
}

function ignore(): void {}
