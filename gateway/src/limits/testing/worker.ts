/**
 * A worker as far as limits go, for tests with several processes. Arguments: the state's configuration as JSON, mode,
 * workers. It draws when told (`{ draws, check, everyMs }`), all at once or one every so often, and says what was admitted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { openStore, stateConfig } from '../../state/state.ts';
import { allAllowed } from '../decision.ts';
import type { LimitCheck } from '../limiter.ts';
import { createLimits } from '../limits.ts';
import { mode as modeConfig } from '../plans/mode.ts';
import { CountingMeter } from './counting-meter.ts';

export interface DrawOrder {
  readonly check: LimitCheck;
  readonly draws: number;
  /** All at once where not set. */
  readonly everyMs?: number;
}

export interface DrawReport {
  readonly admitted: number;
  readonly failed: number;
  readonly fallbacks: number;
  readonly calls: number;
}

const [state = '"memory"', mode = 'leased', workers = '1'] = process.argv.slice(2);
const meter = new CountingMeter();
const dependencies = { clock: systemClock, logger: noLogger, meter };
const store = await openStore(stateConfig.parse(JSON.parse(state)), dependencies);
await store.settled();
const limits = createLimits({
  store,
  workers: Number(workers),
  mode: modeConfig.parse(mode),
  ...dependencies,
});

process.on('message', async (order: DrawOrder | 'end') => {
  if (order === 'end') {
    await limits.close();
    await store.close();
    process.disconnect?.();
    return;
  }
  // Messages of the store come on the same channel.
  if (typeof order !== 'object' || !('draws' in order)) return;
  let admitted = 0;
  let failed = 0;
  const one = async (): Promise<void> => {
    try {
      if (allAllowed(await limits.limiter.take([order.check], 1))) admitted += 1;
    } catch {
      failed += 1;
    }
  };
  const all: Promise<void>[] = [];
  for (let i = 0; i < order.draws; i += 1) {
    all.push(one());
    if (order.everyMs !== undefined) await delay(order.everyMs);
  }
  await Promise.all(all);
  const report: DrawReport = {
    admitted,
    failed,
    fallbacks: meter.value('frontdesk_limit_fallbacks_total'),
    calls: meter.value('frontdesk_limit_lease_calls_total'),
  };
  process.send?.(report);
});
process.send?.({ ready: true });
