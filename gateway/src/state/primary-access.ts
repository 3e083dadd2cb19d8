/** How a worker asks its primary process, also where its own state is elsewhere. */
import type { Clock } from '../core/clock.ts';
import { hasPrimary } from './primary-link.ts';
import { PrimaryStore } from './primary-store.ts';
import { hasPrimaryCalls, type PrimaryCalls, type StateStore } from './store.ts';

export interface PrimaryAccess extends PrimaryCalls {
  /** Ends what was opened for it; the store stays. */
  close(): Promise<void>;
}

/** `undefined` in a process that has no primary. */
export function openPrimaryAccess(store: StateStore, clock: Clock): PrimaryAccess | undefined {
  if (hasPrimaryCalls(store)) {
    return {
      callPrimary: (operation, argument) => store.callPrimary(operation, argument),
      close: async () => {},
    };
  }
  return hasPrimary() ? new PrimaryStore({ clock }) : undefined;
}
