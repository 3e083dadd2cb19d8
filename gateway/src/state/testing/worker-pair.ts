/** Workers and their primary in one process: what is sent between them goes through JSON, as between processes. */
import { EventEmitter } from 'node:events';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { PrimaryServer } from '../primary-server.ts';
import { PrimaryStore } from '../primary-store.ts';

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

export function pairOfWorkers(count = 2, server?: PrimaryServer): WorkerPair {
  const clock = new ManualClock();
  const primary = server ?? new PrimaryServer({ clock, logger: noLogger });
  const start = (): PrimaryStore => {
    const [near, far] = [new End(), new End()];
    near.other = far;
    far.other = near;
    primary.adopt(far);
    return new PrimaryStore({ clock, end: near });
  };
  return { clock, server: primary, start, stores: Array.from({ length: count }, start) };
}
