/** What operators see of flows: each run, step and undo, and what waits for a human. Labels are names of definitions. */
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';

const FLOW_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * How a run ended: `answered`; `refused`, a failure that is the caller's; `undone`; `dropped`, a failure before anything was
 * done; `stuck`; `unsettled`, where its end is somebody else's.
 */
export type RunEnd = 'answered' | 'refused' | 'undone' | 'dropped' | 'stuck' | 'unsettled';
export type StepEnd = 'done' | 'failed' | 'undone' | 'undo_failed';

export interface FlowMeter {
  run(flow: string, end: RunEnd, durationMs: number): void;
  step(flow: string, step: string, end: StepEnd): void;
  replayed(flow: string): void;
  /** A caller had as many runs as are kept of one. */
  keysRefused(flow: string): void;
  /** A run of an owner that is gone was taken over. */
  recovered(flow: string, way: 'back' | 'forward'): void;
  /** In the journal, of all processes. */
  waiting(counts: { readonly open: number; readonly stuck: number }): void;
  readonly logger: Logger;
}

export function flowMeter(bff: string, meter: Meter, logger: Logger): FlowMeter {
  const runs = meter.counter({
    name: 'frontdesk_bff_flow_runs_total',
    help: 'Runs of flows by how they ended',
    labels: ['bff', 'flow', 'outcome'],
  });
  const seconds = meter.histogram({
    name: 'frontdesk_bff_flow_seconds',
    help: 'Time of runs of flows, their undoing included',
    labels: ['bff', 'flow', 'outcome'],
    buckets: FLOW_SECONDS,
  });
  const steps = meter.counter({
    name: 'frontdesk_bff_flow_steps_total',
    help: 'Calls of steps and of their undo by how they ended',
    labels: ['bff', 'flow', 'step', 'outcome'],
  });
  const replays = meter.counter({
    name: 'frontdesk_bff_flow_replays_total',
    help: 'Requests that got the answer of an earlier one with their key',
    labels: ['bff', 'flow'],
  });
  const keysRefused = meter.counter({
    name: 'frontdesk_bff_flow_keys_refused_total',
    help: 'Requests refused because as many runs of their caller are kept as may be (flows.keptPerCaller)',
    labels: ['bff', 'flow'],
  });
  const recovered = meter.counter({
    name: 'frontdesk_bff_flow_recovered_total',
    help: 'Runs that were taken over from a process that is gone',
    labels: ['bff', 'flow', 'way'],
  });
  const open = meter.gauge({
    name: 'frontdesk_bff_flow_open',
    across: 'max',
    help: 'Runs in the journal that have not ended',
    labels: ['bff'],
  });
  const stuck = meter.gauge({
    name: 'frontdesk_bff_flow_stuck',
    across: 'max',
    help: 'Runs that could not be undone and wait for a human',
    labels: ['bff'],
  });
  return {
    run(flow, end, durationMs) {
      runs(1, bff, flow, end);
      seconds(durationMs / 1000, bff, flow, end);
    },
    step: (flow, step, end) => steps(1, bff, flow, step, end),
    replayed: (flow) => replays(1, bff, flow),
    keysRefused: (flow) => keysRefused(1, bff, flow),
    recovered: (flow, way) => recovered(1, bff, flow, way),
    waiting(counts) {
      open(counts.open, bff);
      stuck(counts.stuck, bff);
    },
    logger,
  };
}
