/** What tests of screens share: callers, work on a clock that they turn, and backends that nobody calls. */
import type { Identity } from '../../core/identity.ts';
import type { ManualClock } from '../../core/manual-clock.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { partMaker } from './part.ts';
import type { OpenClients } from './part-run.ts';

export const part = partMaker<Record<never, never>>();
export const noClients: OpenClients = () => ({
  rest: {},
  grpc: {},
  graph: () => Promise.reject(new Error('no graph here')),
});

export const identityWith = (...scopes: string[]): Identity => makeIdentity({ scopes: new Set(scopes) });

/** Work of so many milliseconds on the clock. */
export function wait(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

export const never = () => new Promise<never>(() => {});
