/**
 * Several gateways measured in turns of a second or two: what else the machine does meets all of them alike, so the ratio
 * within a round says more than figures that were taken a minute apart.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { loadCommand, loadFor } from './load.ts';
import { cpuSeconds, type Program, peakMemoryMb } from './process.ts';

const WARM_UP_S = 4;
const SETTLE_MS = 50;

export interface Contender {
  readonly name: string;
  readonly program: Program;
  /** What wrk is told besides: fields and the URL. */
  readonly args: readonly string[];
}

export interface Standing {
  readonly contender: Contender;
  readonly load: string;
  /** Medians of the rounds. */
  readonly cpuMicros: number;
  readonly perSecond: number;
  /** What it costs against the first of the list, in each round: the quarter below, the median, the quarter above. */
  readonly ratio: readonly [low: number, median: number, high: number];
  readonly peakMemoryMb: number;
}

/** Every contender in each round, in the order of the list, which the next round turns around. */
export async function inRounds(
  contenders: readonly Contender[],
  {
    rounds,
    seconds,
    warmUpS = WARM_UP_S,
  }: { readonly rounds: number; readonly seconds: number; readonly warmUpS?: number },
): Promise<Standing[]> {
  for (const { args } of contenders) await loadFor(warmUpS, args);
  const cpu = contenders.map((): number[] => []);
  const rate = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...contenders.keys()];
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      const contender = contenders[i];
      if (!contender) continue;
      // What the last load left to do is not this one's.
      await pause(SETTLE_MS);
      const before = cpuSeconds(contender.program.pid);
      const { requests, perSecond } = await loadFor(seconds, contender.args);
      cpu[i]?.push(((cpuSeconds(contender.program.pid) - before) / requests) * 1e6);
      rate[i]?.push(perSecond);
    }
  }
  const first = cpu[0] ?? [];
  return contenders.map((contender, i) => {
    const ratios = (cpu[i] ?? []).map((micros, round) => micros / (first[round] ?? Number.NaN));
    return {
      contender,
      load: loadCommand(seconds, contender.args),
      cpuMicros: quantile(cpu[i] ?? [], 0.5),
      perSecond: quantile(rate[i] ?? [], 0.5),
      ratio: [quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)],
      peakMemoryMb: peakMemoryMb(contender.program.pid),
    };
  });
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}
