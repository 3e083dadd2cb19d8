/** `serve` as a process that a gateway runs for one BFF: under its orders, and gone when the gateway is. */
import { type BffProcessOrder, readOrder } from '../bffs-apart/bff-process-order.ts';
import { answerBeats, type SupervisedEnd, sayReady } from '../processes/link.ts';
import { watchParent } from '../processes/parent-watch.ts';
import type { Running } from '../running.ts';
import type { Terminal } from './terminal.ts';

export interface BffProcess {
  readonly order: BffProcessOrder;
  /** It serves. */
  ready(running: Pick<Running, 'addresses'>): void;
  /** Lets go of the channel, which would keep this process alive. */
  end(): void;
}

/** `undefined` where nobody runs this process for a BFF. `onGone`: whoever did is no longer there. */
export function openBffProcess(
  { env }: Pick<Terminal, 'env'>,
  end: SupervisedEnd,
  onGone: () => void,
): BffProcess | undefined {
  const order = readOrder(env);
  if (!order) return undefined;
  answerBeats(end, onGone);
  const stopWatching = watchParent();
  return {
    order,
    ready: ({ addresses: { admin } }) =>
      sayReady(end, admin ? { admin: `http://${admin.host}:${admin.port}` } : {}),
    end: () => {
      stopWatching();
      end.disconnect?.();
    },
  };
}
