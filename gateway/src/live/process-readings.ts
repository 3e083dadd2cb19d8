/** How a process does: how late its event loop is, how busy, and its memory. Measured only while it is open. */
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { LiveProcess } from './snapshot.ts';

export type ProcessFigures = Pick<
  LiveProcess,
  'pid' | 'upS' | 'loopDelayMs' | 'busy' | 'heapBytes' | 'rssBytes'
>;

/** How exact the delay is, and how often the loop is woken for it. */
const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

export class ProcessReadings {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #used: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** Since it was read last. */
  read(): ProcessFigures {
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.#used);
    this.#used = used;
    // The timer itself takes its resolution; what is beyond is late.
    const lateMs = Math.max(0, this.#delay.max / NS_PER_MS - RESOLUTION_MS);
    this.#delay.reset();
    const { heapUsed, rss } = process.memoryUsage();
    return {
      pid: process.pid,
      upS: Math.round(process.uptime()),
      loopDelayMs: round(lateMs),
      busy: round(utilization),
      heapBytes: heapUsed,
      rssBytes: rss,
    };
  }

  close(): void {
    this.#delay.disable();
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
