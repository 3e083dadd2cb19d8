/**
 * What a primary process keeps for the workers it forks, where no Redis does: keys and values, limits, revocations,
 * channels. Whoever forks gives a worker `environment` and then calls `adopt`; in the worker `openStore` finds it by itself.
 */
import { serveRevocations } from './auth/primary-revocations.ts';
import { serveFlows } from './bff/flow-journal-primary.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { serveLimits } from './limits/primary-limits.ts';
import { PRIMARY_STATE } from './state/primary-link.ts';
import { serveLogs } from './state/primary-log.ts';
import { PrimaryServer, type Worker } from './state/primary-server.ts';

export interface PrimaryState {
  /** For the environment of workers. */
  readonly environment: Readonly<Record<string, string>>;
  adopt(worker: Worker): void;
}

export function createPrimaryState(options: {
  readonly clock: Clock;
  readonly logger: Logger;
}): PrimaryState {
  const server = new PrimaryServer(options);
  serveLimits(server, options);
  serveRevocations(server, options);
  serveFlows(server, options);
  serveLogs(server, options);
  return { environment: PRIMARY_STATE, adopt: (worker) => server.adopt(worker) };
}
