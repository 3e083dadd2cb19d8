/** Workers and their primary in one process: what is sent between them goes through JSON, as between processes. */
import { EventEmitter } from 'node:events';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { PrimaryServer, type Worker } from '../primary-server.ts';
import { PrimaryStore, type WorkerEnd } from '../primary-store.ts';

class End extends EventEmitter {
  connected = true;
  other: End | undefined;

  send(message: object): boolean {
    const text = JSON.stringify(message);
    setImmediate(() => this.other?.emit('message', JSON.parse(text)));
    return true;
  }
}

export interface WorkerPair {
  readonly clock: ManualClock;
  readonly server: PrimaryServer;
  readonly stores: readonly PrimaryStore[];
  /** One more worker. */
  start(): PrimaryStore;
}

/** A worker's end, once a primary has adopted the other. */
export function connect(adopt: (worker: Worker) => void): WorkerEnd {
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  adopt(far);
  return near;
}

export function pairOfWorkers(count = 2, server?: PrimaryServer): WorkerPair {
  const clock = new ManualClock();
  const primary = server ?? new PrimaryServer({ clock, logger: noLogger });
  const start = (): PrimaryStore =>
    new PrimaryStore({ clock, end: connect((worker) => primary.adopt(worker)) });
  return { clock, server: primary, start, stores: Array.from({ length: count }, start) };
}
