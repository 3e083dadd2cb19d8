/** The operators' port of the primary. */

import { FrontdeskError } from './core/errors.ts';
import type { Handler } from './core/exchange.ts';
import type { Logger } from './core/log.ts';
import { adminAuthorization, healthHandler } from './handlers/admin.ts';
import { allow, answerJson } from './handlers/admin-http.ts';
import { adminChain } from './pipeline.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { makeIdSource } from './wire/trace-context.ts';
import type { WorkerPool } from './workers/pool.ts';

export interface WorkersAdminOptions {
  readonly token: string | undefined;
  readonly pool: WorkerPool;
  readonly socketOf: (worker: number, generation: number) => string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export function workersAdmin({ token, pool, logger }: WorkersAdminOptions): Handler {
  const authorize = adminAuthorization(token, undefined);
  const health = healthHandler(() => pool.notReady());
  return adminChain({ ids: makeIdSource(), logger }, async (exchange) => {
    if (exchange.path === '/healthz' || exchange.path === '/readyz') return health(exchange);
    authorize(exchange);
    if (exchange.path === '/admin/workers') {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, pool.view);
    }
    throw new FrontdeskError('not_found');
  });
}
