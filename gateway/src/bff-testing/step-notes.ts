/** What became of the steps of a run, as the engine tells its meter. */
import type { FlowMeter, RunEnd, StepEnd } from '../bff/flow/flow-meter.ts';
import { noLogger } from '../core/log.ts';

export class StepNotes {
  readonly steps = new Map<string, StepEnd>();
  end: RunEnd | undefined;
  recovered: 'back' | 'forward' | undefined;

  get meter(): FlowMeter {
    return {
      run: (_flow, end) => {
        this.end = end;
      },
      step: (_flow, step, end) => {
        this.steps.set(step, end);
      },
      replayed: () => {},
      keysRefused: () => {},
      recovered: (_flow, way) => {
        this.recovered = way;
      },
      waiting: () => {},
      logger: noLogger,
    };
  }

  /** The names of the steps that ended so, last, in the flow's order. */
  named(end: StepEnd, names: readonly string[]): readonly string[] {
    return names.filter((name) => this.steps.get(name) === end);
  }
}
