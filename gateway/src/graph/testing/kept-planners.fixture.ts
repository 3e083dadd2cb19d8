/**
 * Planners that outlive their graph and serve the next one: the real processes and threads, loaded with one supergraph
 * after another. Starting one, and running it cold, costs more than all that a test lets it plan. One that is ended
 * while it plans is ended in earnest.
 */
import type { PlannerDoors } from '../plan/choose-planner.ts';
import type { OpenPlanner, PlannerChannel, PlannerEvents } from '../plan/planner-host.ts';
import { openPlannerProcess } from '../plan/planner-process.ts';
import { openPlannerThread } from '../plan/planner-thread.ts';

class KeptPlanner {
  readonly module: string;
  readonly #channel: PlannerChannel;
  #events: PlannerEvents | undefined;
  /** Orders that it has not answered yet. */
  #open = 0;
  #alive = true;

  constructor(open: OpenPlanner, module: URL) {
    this.module = module.href;
    this.#channel = open(module, {
      message: (message) => {
        this.#open -= 1;
        this.#events?.message(message);
      },
      ended: (by) => {
        this.#alive = false;
        this.#events?.ended(by);
      },
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** For one graph; `free` hears when it is done with it and it can serve another. */
  lend(events: PlannerEvents, free: () => void): PlannerChannel {
    this.#events = events;
    const channel = this.#channel;
    let isLent = true;
    return {
      id: channel.id,
      send: (order) => {
        if (!isLent) return;
        this.#open += 1;
        channel.send(order);
      },
      kill: () => {
        if (!isLent) return;
        if (this.#open > 0 || !this.#alive) return channel.kill();
        isLent = false;
        this.#events = undefined;
        channel.hold(false);
        free();
        events.ended('its graph');
      },
      hold: (on) => {
        if (isLent) channel.hold(on);
      },
    };
  }
}

function keeping(open: OpenPlanner): OpenPlanner {
  const idle: KeptPlanner[] = [];
  return (module, events) => {
    const at = idle.findIndex((one) => one.alive && one.module === module.href);
    const planner = idle.splice(at, at < 0 ? 0 : 1)[0] ?? new KeptPlanner(open, module);
    return planner.lend(events, () => idle.push(planner));
  };
}

export const keptPlanners: PlannerDoors = {
  process: keeping(openPlannerProcess),
  thread: keeping(openPlannerThread),
};
