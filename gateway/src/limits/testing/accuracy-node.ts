/**
 * One node of the bench of limits (accuracy.ts): draws at a steady pace from one limit and prints what it saw, as a
 * line of JSON. Arguments: configuration as JSON (see `Order`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { openStore, stateConfig } from '../../state/state.ts';
import { isScriptStore } from '../../state/store.ts';
import { allAllowed } from '../decision.ts';
import type { LimitSpec, Mode } from '../limiter.ts';
import { createLimits } from '../limits.ts';
import { CountingMeter } from './counting-meter.ts';

interface Order {
  readonly state: unknown;
  readonly mode: Mode;
  readonly nodes: number;
  readonly spec: LimitSpec;
  readonly key: string;
  readonly perSecond: number;
  readonly forMs: number;
}

const order: Order = JSON.parse(process.argv[2] ?? '{}');
const meter = new CountingMeter();
const dependencies = { clock: systemClock, logger: noLogger, meter };
const store = await openStore(stateConfig.parse(order.state), dependencies);
await store.settled();
let calls = 0;
if (isScriptStore(store)) {
  const run = store.run.bind(store);
  store.run = (...call) => {
    calls += 1;
    return run(...call);
  };
}
const limits = createLimits({ store, workers: order.nodes, mode: order.mode, ...dependencies });

interface Phase {
  readonly asked: number;
  readonly admitted: number;
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
  readonly elapsedMs: number;
}

const TICK_MS = 5;

async function phase(key: string, perSecond: number): Promise<Phase> {
  const checks = [{ spec: order.spec, key: ['bench', key, '/x'] }];
  const latencies: number[] = [];
  let admitted = 0;
  let asked = 0;
  calls = 0;
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  const one = async (): Promise<void> => {
    const at = performance.now();
    const taken = limits.limiter.take(checks, 1);
    const decisions = taken instanceof Promise ? await taken : taken;
    latencies.push((performance.now() - at) * 1000);
    if (allAllowed(decisions)) admitted += 1;
  };
  for (let elapsed = 0; elapsed < order.forMs; elapsed = performance.now() - startedAt) {
    const due = Math.floor((elapsed * perSecond) / 1000);
    for (; asked < due; asked += 1) pending.push(one());
    await delay(TICK_MS);
  }
  await Promise.all(pending);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { asked, admitted, calls, p50: at(0.5), p99: at(0.99), elapsedMs: performance.now() - startedAt };
}

process.send?.('ready');
process.once('message', async () => {
  const hard = await phase(`${order.key} hard`, 2 * order.perSecond);
  const easy = await phase(`${order.key} easy`, order.perSecond / 2);
  process.send?.({ hard, easy, local: meter.value('frontdesk_limit_fallbacks_total') });
  await limits.close();
  await store.close();
  process.disconnect?.();
});
